import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { makeRole } from '../support/roles';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { Machines } from './support/machines';

const sandbox = inject('sandbox');
const machines = new Machines(sandbox, 'map');
const { sfn } = machines;
const s3 = new S3Client(clientConfig(sandbox));
const Bucket = 'distributed-map';

const PASS = { StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } };
// Fails for items that say so, and gives back the others.
const PICKY = {
  StartAt: 'Choose',
  States: {
    Choose: { Type: 'Choice', Choices: [{ Condition: '{% $states.input = "bad" %}', Next: 'Fail' }], Default: 'Pass' },
    Pass: { Type: 'Pass', End: true },
    Fail: { Type: 'Fail', Error: 'Bad', Cause: 'as asked' },
  },
};
const WAIT = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 300, End: true } } };

interface Options {
  readonly language?: string;
  readonly processor?: object;
}
function distributed(state: object, { language = 'JSONata', processor = PASS }: Options = {}) {
  const ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
  const map = { Type: 'Map', ItemProcessor: { ProcessorConfig, ...processor }, End: true, ...state };
  return { QueryLanguage: language, StartAt: 'Map', States: { Map: map, Caught: { Type: 'Pass', End: true } } };
}
const start = (state: object, input: unknown, options?: Options) => machines.start(distributed(state, options), input);
const finished = (executionArn: string) => machines.finished(executionArn);
const output = (state: object, input: unknown, options?: Options) =>
  machines.output(distributed(state, options), input);

async function mapRun(executionArn: string) {
  const mapRunArn = await eventually(async () => {
    const { mapRuns } = await sfn.send(new ListMapRunsCommand({ executionArn }));
    return mapRuns?.[0]?.mapRunArn;
  });
  return sfn.send(new DescribeMapRunCommand({ mapRunArn }));
}

async function stored(Key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Body!.transformToString();
}

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
});

describe('the children of a Distributed Map', () => {
  it.concurrent('get what ItemSelector makes of index, value, source and the input, in both languages', async () => {
    const selected = {
      i: '{% $states.context.Map.Item.Index %}',
      v: '{% $states.context.Map.Item.Value %}',
      from: '{% $states.context.Map.Item.Source %}',
      run: '{% $states.input.run %}',
    };
    const paths = {
      'i.$': '$$.Map.Item.Index',
      'v.$': '$$.Map.Item.Value',
      'from.$': '$$.Map.Item.Source',
      'run.$': '$.run',
    };
    const input = { run: 'r1', items: ['a', 'b'] };
    const expected = [0, 1].map((i) => ({ i, v: input.items[i], from: 'STATE_DATA', run: 'r1' }));
    const [jsonata, jsonPath] = await Promise.all([
      output({ Items: '{% $states.input.items %}', ItemSelector: selected }, input),
      output({ ItemsPath: '$.items', ItemSelector: paths, ResultPath: '$.made' }, input, { language: 'JSONPath' }),
    ]);
    expect(jsonata).toEqual(expected);
    expect(jsonPath).toEqual({ ...input, made: expected });
  });

  it.concurrent('get batches by count and by size, with what all share', async () => {
    const shared = { BatchInput: { run: '{% $states.input.run %}' } };
    const input = { run: 'r', items: ['a', 'b', 'c'] };
    const Items = '{% $states.input.items %}';
    const [byCount, bySize, byPath] = await Promise.all([
      output({ Items, ItemBatcher: { MaxItemsPerBatch: 2, ...shared } }, input),
      output({ Items, ItemBatcher: { MaxInputBytesPerBatch: 45, ...shared } }, input),
      output(
        { ItemsPath: '$.items', ItemBatcher: { MaxItemsPerBatchPath: '$.most' } },
        { most: 3, ...input },
        { language: 'JSONPath' },
      ),
    ]);
    const batch = (...Items: string[]) => ({ BatchInput: { run: 'r' }, Items });
    expect(byCount).toEqual([batch('a', 'b'), batch('c')]);
    expect(bySize).toEqual([batch('a', 'b'), batch('c')]);
    expect(byPath).toEqual([{ Items: ['a', 'b', 'c'] }]);
  });

  it.concurrent('give their results to Output, and to Assign', async () => {
    const state = {
      Items: [1, 2],
      Output: '{% $sum($states.result) %}',
      Assign: { n: '{% $count($states.result) %}' },
    };
    expect(await output(state, {})).toBe(3);
  });

  it.concurrent('are executions of a map run, with their own input and no Map item', async () => {
    const processor = {
      StartAt: 'Context',
      States: {
        Context: {
          Type: 'Pass',
          End: true,
          Output: '{% [$states.context.Execution.Id, $exists($states.context.Map)] %}',
        },
      },
    };
    const executionArn = await start({ Items: ['a'], Label: 'Each' }, {}, { processor });
    const [[id, hasItem]] = JSON.parse((await finished(executionArn)).output!);
    expect(hasItem).toBe(false);
    expect(id).toMatch(/:execution:map-\d+\/Each:/);
    const run = await mapRun(executionArn);
    expect(run).toMatchObject({ status: 'SUCCEEDED', itemCounts: { total: 1, succeeded: 1, failed: 0 } });
    expect(run.mapRunArn).toMatch(/:mapRun:map-\d+\/Each:/);
    const { executions } = await sfn.send(
      new ListExecutionsCommand({ mapRunArn: run.mapRunArn, statusFilter: 'SUCCEEDED' }),
    );
    expect(executions).toMatchObject([{ executionArn: id, mapRunArn: run.mapRunArn }]);
    const child = await sfn.send(new DescribeExecutionCommand({ executionArn: id }));
    expect(child).toMatchObject({ input: '"a"', status: 'SUCCEEDED' });
  });

  it.concurrent('are not listed where they are Express', async () => {
    const processor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }, ...PASS };
    const executionArn = await start({ Items: [1, 2] }, {}, { processor });
    expect(JSON.parse((await finished(executionArn)).output!)).toEqual([1, 2]);
    const { mapRunArn, executionCounts } = await mapRun(executionArn);
    expect(executionCounts).toMatchObject({ total: 2, succeeded: 2 });
    expect((await sfn.send(new ListExecutionsCommand({ mapRunArn }))).executions).toEqual([]);
  });

  it.concurrent('run as many at once as MaxConcurrency, until UpdateMapRun, and stop with their parent', async () => {
    const executionArn = await start({ Items: [1, 2, 3, 4], MaxConcurrency: 1 }, {}, { processor: WAIT });
    const running = (count: number) =>
      eventually(async () => {
        const run = await mapRun(executionArn);
        return run.executionCounts?.running === count ? run : undefined;
      });
    const { mapRunArn } = await running(1);
    await sfn.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 3 }));
    await running(3);
    await sfn.send(new StopExecutionCommand({ executionArn }));
    const stopped = await eventually(async () => {
      const run = await mapRun(executionArn);
      return run.status === 'RUNNING' ? undefined : run;
    });
    expect(stopped).toMatchObject({ status: 'ABORTED', executionCounts: { aborted: 3, pending: 1, running: 0 } });
    const { executions } = await sfn.send(new ListExecutionsCommand({ mapRunArn }));
    expect(executions!.map(({ status }) => status)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
  });
});

describe('a failed child', () => {
  const items = ['bad', 'b', 'c', 'd'];
  const threshold = 'States.ExceedToleratedFailureThreshold';

  it.concurrent('fails the map run, which Retry and Catch take by its error', async () => {
    const executionArn = await start({ Items: items }, {}, { processor: PICKY });
    expect(await finished(executionArn)).toMatchObject({ status: 'FAILED', error: threshold });
    const retried = {
      Items: items,
      Retry: [{ ErrorEquals: [threshold], MaxAttempts: 1, IntervalSeconds: 1 }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught', Output: '{% $states.errorOutput.Error %}' }],
    };
    const again = await start(retried, {}, { processor: PICKY });
    expect(JSON.parse((await finished(again)).output!)).toBe(threshold);
    expect((await sfn.send(new ListMapRunsCommand({ executionArn: again }))).mapRuns).toHaveLength(2);
  });

  it.concurrent.each([
    ['a count', { ToleratedFailureCount: 1 }],
    ['a percentage', { ToleratedFailurePercentage: 25 }],
    ['an expression', { ToleratedFailurePercentage: '{% $states.input.percentage %}' }],
  ])('is tolerated up to %s, and told with its error', async (_name, tolerance) => {
    const made = await output({ Items: items, ...tolerance }, { percentage: 30 }, { processor: PICKY });
    expect(made).toEqual([
      expect.objectContaining({ Status: 'FAILED', Error: 'Bad', Cause: 'as asked' }),
      'b',
      'c',
      'd',
    ]);
  });

  it.concurrent('is too many past either threshold', async () => {
    const state = { Items: items, ToleratedFailurePercentage: 90, ToleratedFailureCount: 0 };
    expect(await finished(await start(state, {}, { processor: PICKY }))).toMatchObject({ error: threshold });
  });
});

describe('ResultWriter', () => {
  const writer = (Prefix: string, config: object = {}) => ({
    ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket, Prefix }, ...config },
  });

  it.concurrent('writes a manifest and files by outcome, and the state answers where', async () => {
    const state = { Items: ['bad', [1, 2]], ToleratedFailureCount: 1, ...writer('out') };
    const made = await output(state, {}, { processor: PICKY });
    const { Key } = made.ResultWriterDetails;
    expect(made).toEqual({ MapRunArn: expect.stringContaining(':mapRun:'), ResultWriterDetails: { Bucket, Key } });
    expect(Key).toBe(`out/${made.MapRunArn.split(':').at(-1)}/manifest.json`);
    const manifest = JSON.parse(await stored(Key));
    expect(manifest).toMatchObject({
      DestinationBucket: Bucket,
      MapRunArn: made.MapRunArn,
      ResultFiles: { PENDING: [] },
    });
    const [succeeded] = manifest.ResultFiles.SUCCEEDED;
    const text = await stored(succeeded.Key);
    expect(succeeded).toEqual({ Key: Key.replace('manifest', 'SUCCEEDED_0'), Size: text.length });
    expect(JSON.parse(text)).toMatchObject([
      { Status: 'SUCCEEDED', Input: '[1, 2]', Output: '[1, 2]', RedriveCount: 0 },
    ]);
    const failed = JSON.parse(await stored(manifest.ResultFiles.FAILED[0].Key));
    expect(failed).toMatchObject([{ Status: 'FAILED', Error: 'Bad', Cause: 'as asked', Input: '"bad"' }]);
    const run = await sfn.send(new DescribeMapRunCommand({ mapRunArn: made.MapRunArn }));
    expect(run.itemCounts).toMatchObject({ total: 2, failed: 1, succeeded: 1, resultsWritten: 2 });
  });

  it.concurrent('writes outputs alone, one a line, where it is told so', async () => {
    const WriterConfig = { OutputType: 'JSONL', Transformation: 'FLATTEN' };
    const made = await output({ Items: [[1, 2], 3], ...writer('lines', { WriterConfig }) }, {});
    const { ResultFiles } = JSON.parse(await stored(made.ResultWriterDetails.Key));
    expect(await stored(ResultFiles.SUCCEEDED[0].Key)).toBe('1\n2\n3');
  });

  it.concurrent('shapes the state output where it exports nothing', async () => {
    const WriterConfig = { OutputType: 'JSON', Transformation: 'FLATTEN' };
    expect(await output({ Items: [[1, 2], 3], ResultWriter: { WriterConfig } }, {})).toEqual([1, 2, 3]);
  });

  it.concurrent('exports a failed map run too, with what never started', async () => {
    const state = { Items: ['bad', 'b'], MaxConcurrency: 1, ...writer('failed') };
    const executionArn = await start(state, {}, { processor: PICKY });
    expect((await finished(executionArn)).status).toBe('FAILED');
    const { mapRunArn } = await mapRun(executionArn);
    const manifest = JSON.parse(await stored(`failed/${mapRunArn!.split(':').at(-1)}/manifest.json`));
    expect(manifest.ResultFiles).toMatchObject({ SUCCEEDED: [], FAILED: [{}], PENDING: [{}] });
  });

  it.concurrent('fails the state as States.ResultWriterFailed', async () => {
    const ResultWriter = {
      Resource: 'arn:aws:states:::s3:putObject',
      Arguments: { Bucket: 'no-such-bucket', Prefix: 'x' },
    };
    const described = await finished(await start({ Items: [1], ResultWriter }, {}));
    expect(described).toMatchObject({ status: 'FAILED', error: 'States.ResultWriterFailed' });
  });
});

it('reads, writes and works as the role of its machine', async () => {
  await makeRole(sandbox, {
    name: 'map-without-s3',
    statements: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }],
  });
  const read = {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: { InputType: 'JSON' },
    Arguments: { Bucket, Key: 'x' },
  };
  const get = {
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:s3:getObject',
    Arguments: { Bucket, Key: 'x' },
    End: true,
  };
  const poor = new Machines(sandbox, 'poor', 'map-without-s3');
  const reading = await poor.finished(await poor.start(distributed({ ItemReader: read })));
  expect(reading).toMatchObject({ error: 'States.ItemReaderFailed', cause: expect.stringContaining('AccessDenied') });
  const processor = { StartAt: 'Get', States: { Get: get } };
  const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
  const working = await poor.start(distributed({ Items: [1], ToleratedFailureCount: 1, Catch }, { processor }));
  const [child] = JSON.parse((await poor.finished(working)).output!);
  expect(child).toMatchObject({
    Status: 'FAILED',
    Error: expect.stringMatching(/^S3\./),
    Cause: expect.stringContaining('403'),
  });
});
