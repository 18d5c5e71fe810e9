import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Machines } from './support/machines';
import { type DeployedStack, deploy, inlineFunction } from './support/stack';

const sandbox = inject('sandbox');
const machines = new Machines(sandbox, 'states');
let stack: DeployedStack;

beforeAll(async () => {
  const resources = {
    Big: inlineFunction('exports.handler = async ({ size }) => "x".repeat(size);'),
    Slow: inlineFunction('exports.handler = () => new Promise((done) => setTimeout(done, 60_000));', { Timeout: 1 }),
    Off: inlineFunction('exports.handler = async () => 1;', { ReservedConcurrentExecutions: 0 }),
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      },
    },
  };
  const refs = Object.keys(resources).map((id) => [id, { Ref: id }]);
  stack = await deploy(sandbox, 'states', resources, Object.fromEntries(refs));
});
afterAll(() => stack.delete());

const END = { End: true };
const jsonata = (States: object) => ({ QueryLanguage: 'JSONata', StartAt: Object.keys(States)[0], States });
const jsonPath = (States: object) => ({ StartAt: Object.keys(States)[0], States });
const branch = (state: object) => ({ StartAt: 'Branch', States: { Branch: { Type: 'Pass', ...END, ...state } } });

describe('a Parallel state', () => {
  it.concurrent('takes Arguments, gives its results to Output and Assign, and keeps variables of branches inside', async () => {
    const definition = jsonata({
      Set: { Type: 'Pass', Assign: { x: 'outer' }, Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Arguments: { n: '{% $states.input.n + 1 %}' },
        Branches: [branch({ Assign: { x: 'inner' }, Output: '{% $states.input.n %}' }), branch({ Output: '{% $x %}' })],
        Assign: { results: '{% $states.result %}' },
        Output: '{% $states.result[0] %}',
        Next: 'Look',
      },
      Look: {
        Type: 'Pass',
        Output: { first: '{% $states.input %}', x: '{% $x %}', results: '{% $results %}' },
        ...END,
      },
    });
    expect(await machines.output(definition, { n: 1 })).toEqual({ first: 2, x: 'outer', results: [2, 'outer'] });
  });

  it.concurrent('and a Map fail with the first failure, and give up what still runs', async () => {
    const failing = { StartAt: 'Fail', States: { Fail: { Type: 'Fail', Error: 'Broken', Cause: 'first' } } };
    const waiting = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 300, ...END } } };
    const Catch = [{ ErrorEquals: ['Broken'], Next: 'Caught', Output: '{% $states.errorOutput %}' }];
    const Caught = { Type: 'Pass', ...END };
    const choose = {
      StartAt: 'Choose',
      States: {
        Choose: { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 1 %}', Next: 'Wait' }], Default: 'Fail' },
        ...failing.States,
        ...waiting.States,
      },
    };
    const parallel = jsonata({ Both: { Type: 'Parallel', Branches: [waiting, failing], Catch, ...END }, Caught });
    const map = jsonata({ Each: { Type: 'Map', Items: [1, 2], ItemProcessor: choose, Catch, ...END }, Caught });
    const error = { Error: 'Broken', Cause: 'first' };
    expect(await Promise.all([machines.output(parallel), machines.output(map)])).toEqual([error, error]);
  });
});

describe('JSONata', () => {
  it.concurrent('shapes the Output of Succeed and of the default of a Choice', async () => {
    const definition = jsonata({
      Choose: {
        Type: 'Choice',
        Choices: [{ Condition: '{% false %}', Next: 'Done' }],
        Default: 'Done',
        Output: { by: 'default' },
        Assign: { seen: true },
      },
      Done: { Type: 'Succeed', Output: { by: '{% $states.input.by %}', seen: '{% $seen %}' } },
    });
    expect(await machines.output(definition)).toEqual({ by: 'default', seen: true });
  });

  it.concurrent('needs a boolean for a condition', async () => {
    const definition = jsonata({
      Choose: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'Done' }], Default: 'Done' },
      Done: { Type: 'Succeed' },
    });
    const described = await machines.finished(await machines.start(definition));
    expect(described).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });
});

describe('JSONPath', () => {
  it.concurrent('assigns variables, which later paths, intrinsics and choices read', async () => {
    const definition = jsonPath({
      Set: { Type: 'Pass', Result: { a: { b: [7, 8] } }, Assign: { 'v.$': '$.a', w: 'w' }, Next: 'Choose' },
      Choose: {
        Type: 'Choice',
        Choices: [
          { Variable: '$v.b[1]', NumericEqualsPath: '$$.Execution.Input.n', Assign: { 'picked.$': '$' }, Next: 'Use' },
        ],
      },
      Use: {
        Type: 'Pass',
        Parameters: { 'first.$': '$v.b[0]', 'text.$': "States.Format('{}-{}', $w, $picked.a.b[0])" },
        ...END,
      },
    });
    expect(await machines.output(definition, { n: 8 })).toEqual({ first: 7, text: 'w-7' });
  });

  it.concurrent('fails where a path finds nothing, and no wildcard catches it', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const given = { FunctionName: stack.outputs.Big, 'Payload.$': '$.missing' };
    const Try = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: given, Catch, ...END };
    const choice = { Type: 'Choice', Choices: [{ Variable: '$.missing', IsNull: true, Next: 'Caught' }] };
    const Caught = { Type: 'Pass', ...END };
    for (const state of [Try, choice]) {
      const described = await machines.finished(await machines.start(jsonPath({ State: state, Caught }), { here: 1 }));
      expect(described).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
      expect(described.cause).toContain('$.missing');
    }
  });

  it.concurrent('compares by every rule', async () => {
    const rules = [
      { Variable: '$.s', StringLessThanPath: '$.t' },
      { Variable: '$.s', StringMatches: 'a*\\*' },
      { Variable: '$.n', NumericGreaterThanEquals: 3 },
      { Variable: '$.at', TimestampLessThanPath: '$.later' },
      { Not: { Variable: '$.flag', IsNumeric: true } },
      { Not: { Variable: '$.nothing', IsPresent: true } },
      { Not: { Variable: '$.n', StringEquals: '3' } },
    ];
    const definition = jsonPath({
      Choose: { Type: 'Choice', Choices: [{ And: rules, Next: 'Yes' }], Default: 'No' },
      Yes: { Type: 'Succeed' },
      No: { Type: 'Fail' },
    });
    const at = { at: '2026-01-01T00:00:00Z', later: '2026-01-01T00:00:01Z' };
    expect(await machines.output(definition, { s: 'ab*', t: 'b', n: 3, flag: true, ...at })).toMatchObject({ n: 3 });
  });
});

describe('an error', () => {
  const task = (Resource: string, Arguments: object, extra: object = {}) =>
    jsonata({ Try: { Type: 'Task', Resource: `arn:aws:states:::${Resource}`, Arguments, ...END, ...extra } });
  const names = [
    'aws-sdk:s3:getObject',
    'S3.NoSuchBucketException',
    { Bucket: 'no-such-bucket-here', Key: 'k' },
  ] as const;

  it.concurrent('of a result over 256 KiB ends the execution, whatever is caught', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Try' }];
    const Arguments = { FunctionName: stack.outputs.Big, Payload: { size: 270_000 } };
    const described = await machines.finished(await machines.start(task('lambda:invoke', Arguments, { Catch })));
    expect(described).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it.concurrent.each<[string, string, (outputs: Record<string, string>) => object]>([
    ['lambda:invoke', 'Lambda.TooManyRequestsException', ({ Off }) => ({ FunctionName: Off })],
    ['lambda:invoke', 'Lambda.ResourceNotFoundException', () => ({ FunctionName: 'nobody' })],
    ['lambda:invoke', 'Sandbox.Timedout', ({ Slow }) => ({ FunctionName: Slow })],
    ['aws-sdk:s3:getObject', names[1], () => names[2]],
    ['aws-sdk:s3:putObject', 'S3.NoSuchBucketException', () => ({ ...names[2], Body: 'x' })],
    [
      'aws-sdk:sfn:describeExecution',
      'Sfn.ExecutionDoesNotExistException',
      () => ({ ExecutionArn: `${ARN}:execution:no:no` }),
    ],
    ['aws-sdk:dynamodb:getItem', 'DynamoDb.ResourceNotFoundException', () => ({ TableName: 'nobody', Key: KEY })],
    [
      'aws-sdk:dynamodb:getItem',
      'DynamoDb.DynamoDbException',
      ({ Table }) => ({ TableName: Table, Key: { other: KEY.pk } }),
    ],
    [
      'dynamodb:getItem',
      'DynamoDB.AmazonDynamoDBException',
      ({ Table }) => ({ TableName: Table, Key: { other: KEY.pk } }),
    ],
    [
      'dynamodb:putItem',
      'DynamoDB.ConditionalCheckFailedException',
      ({ Table }) => ({ TableName: Table, Item: KEY, ConditionExpression: 'attribute_exists(pk)' }),
    ],
    ['sqs:sendMessage', 'SQS.QueueDoesNotExistException', () => ({ QueueUrl: `${QUEUES}/nobody`, MessageBody: 'x' })],
    [
      'sns:publish',
      'SNS.NotFoundException',
      () => ({ TopicArn: ARN.replace('states', 'sns').concat(':nobody'), Message: 'x' }),
    ],
    ['aws-sdk:ssm:getParameter', 'Ssm.ParameterNotFoundException', () => ({ Name: '/nobody' })],
    ['aws-sdk:eventbridge:describeRule', 'EventBridge.ResourceNotFoundException', () => ({ Name: 'nobody' })],
    ['aws-sdk:sagemaker:describeModel', 'SageMaker.SageMakerException', () => ({ ModelName: 'nobody' })],
    ['sagemaker:createTransformJob', 'SageMaker.AmazonSageMakerException', () => ({ TransformJobName: 'no job' })],
  ])('of %s is named %s', async (resource, name, given) => {
    const described = await machines.finished(await machines.start(task(resource, given(stack.outputs))));
    expect(described).toMatchObject({ status: 'FAILED', error: name });
  });

  it.concurrent('of TimeoutSeconds is States.Timeout, which TaskFailed does not take', async () => {
    const Retry = [{ ErrorEquals: ['States.TaskFailed', 'Never'], MaxAttempts: 5 }];
    const Catch = ['States.TaskFailed', 'States.Timeout'].map((name) => ({ ErrorEquals: [name], Next: name }));
    const said = (by: string) => ({ Type: 'Pass', Output: by, ...END });
    const States = {
      Try: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: stack.outputs.Slow },
        TimeoutSeconds: '{% 0 + 1 %}',
        Retry,
        Catch,
        ...END,
      },
      'States.TaskFailed': said('task failed'),
      'States.Timeout': said('timed out'),
    };
    // The function has two seconds, the task one.
    expect(await machines.output(jsonata(States))).toBe('timed out');
  });

  it.concurrent('is retried by the first retrier that names it: none where that one has no attempts', async () => {
    const Retry = [
      { ErrorEquals: ['Lambda.TooManyRequestsException'], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 3, IntervalSeconds: 60 },
    ];
    const executionArn = await machines.start(task('lambda:invoke', { FunctionName: stack.outputs.Off }, { Retry }));
    expect((await machines.finished(executionArn)).error).toBe('Lambda.TooManyRequestsException');
  });
});

const ARN = `arn:aws:states:${sandbox.region}:${sandbox.accountId}`;
const QUEUES = `${sandbox.endpoint}/${sandbox.accountId}`;
const KEY = { pk: { S: 'x' } };

it('calls any action of any service by its model, as S3 puts and gets objects', async () => {
  const call = (action: string, Arguments: object, Output: unknown) => ({
    Type: 'Task',
    Resource: `arn:aws:states:::aws-sdk:s3:${action}`,
    Arguments: { Bucket: 'called-by-states', ...Arguments },
    Output,
  });
  const definition = jsonata({
    Make: { ...call('createBucket', {}, {}), Next: 'Put' },
    Put: { ...call('putObject', { Key: 'k', Body: { a: 1 } }, {}), Next: 'Get' },
    Get: { ...call('getObject', { Key: 'k' }, '{% $states.result.[Body, ETag, LastModified] %}'), End: true },
  });
  const [body, etag, modified] = await machines.output(definition);
  expect(body).toBe('{"a":1}');
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
  expect(modified).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+Z$/);
});

it('stops between two states', async () => {
  const loop = jsonata({ Again: { Type: 'Pass', Next: 'Once' }, Once: { Type: 'Pass', Next: 'Again' } });
  const executionArn = await machines.start(loop);
  await machines.sfn.send(new StopExecutionCommand({ executionArn }));
  expect(await machines.finished(executionArn)).toMatchObject({ status: 'ABORTED' });
});
