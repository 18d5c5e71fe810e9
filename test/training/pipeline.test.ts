import { Duration, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Pass, Result } from 'aws-cdk-lib/aws-stepfunctions';
import { describe, expect, it } from 'vitest';
import { MlflowTracking } from '../../lib/mlflow/mlflow-tracking';
import type { TrainingSpec } from '../../lib/training/contract';
import { ModelImage } from '../../lib/training/model-image';
import { Processing } from '../../lib/training/processing';
import { Trainer } from '../../lib/training/trainer';
import type { ITrainer } from '../../lib/training/trainer-interface';
import { pipelineStack, SOURCE } from './stack';

const image = ModelImage.xgboost();

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** All statements of policies attached to roles whose logical id matches. */
const statementsOf = (template: ReturnType<typeof pipelineStack>['template'], role: RegExp) =>
  Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => role.test(Ref ?? '')))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);

describe('the roles of jobs', () => {
  const { template } = pipelineStack();

  it('trust SageMaker for this account only', () => {
    const roles = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) => /JobRoles/.test(id));
    expect(roles).toHaveLength(3);
    for (const [, { Properties }] of roles) {
      expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
        expect.objectContaining({
          Principal: { Service: 'sagemaker.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
            ArnLike: { 'aws:SourceArn': expect.anything() },
          },
        }),
      ]);
    }
  });

  it('write only below the runs of their model', () => {
    for (const kind of ['Processing', 'Training', 'Serving']) {
      const writes = statementsOf(template, new RegExp(`JobRoles${kind}`)).filter(
        ({ Effect, Action }) => Effect === 'Allow' && [Action].flat().some((action) => action.startsWith('s3:Put')),
      );
      expect(writes).toHaveLength(1);
      expect(JSON.stringify(writes[0]!.Resource)).toContain('/runs/credit-*/');
    }
  });

  it('keep training from the held-out rows', () => {
    const denied = statementsOf(template, /JobRolesTraining/).filter(({ Effect }) => Effect === 'Deny');
    expect(JSON.stringify(denied)).toContain('/runs/credit-*/held-out/*');
    const reads = statementsOf(template, /JobRolesTraining/).filter(({ Action }) =>
      [Action].flat().includes('s3:GetObject'),
    );
    expect(JSON.stringify(reads)).not.toContain('/data/');
  });

  it('are passed to SageMaker only', () => {
    const passes = statementsOf(template, /TrainingRole/).filter(({ Action }) => Action === 'iam:PassRole');
    expect(passes).toHaveLength(3);
    for (const { Condition, Resource } of passes) {
      expect(Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } });
      expect(JSON.stringify(Resource)).not.toContain('*');
    }
  });

  it("let the state machine start only its own model's jobs", () => {
    const creates = statementsOf(template, /TrainingRole/).filter(({ Action }) =>
      [Action].flat().some((action) => action.startsWith('sagemaker:Create')),
    );
    expect(creates).toHaveLength(4);
    for (const { Resource } of creates) expect(JSON.stringify(Resource)).toMatch(/\/credit-\*/);
  });

  it('can be one role of yours', () => {
    const { machine } = pipelineStack((stack) => ({
      jobRole: new Role(stack, 'Mine', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') }),
    }));
    const { Train, Preprocess, CreateModel } = machine.States;
    for (const role of [
      Train!.Arguments!.RoleArn,
      Preprocess!.Arguments!.RoleArn,
      CreateModel!.Arguments!.ExecutionRoleArn,
    ])
      expect(role).toContain('Mine');
  });
});

describe('the state machine', () => {
  it('logs without data to an encrypted group, and traces', () => {
    const { template } = pipelineStack();
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
      TracingConfiguration: { Enabled: true },
    });
    for (const { Properties } of Object.values(template.findResources('AWS::Logs::LogGroup'))) {
      expect(Properties.KmsKeyId).toBeDefined();
    }
  });

  it('gives jobs the VPC of the network, and refuses one without security groups', () => {
    expect(() => pipelineStack((stack) => ({ network: { vpc: new Vpc(stack, 'Vpc') } }))).toThrow(/security group/);
  });
});

describe('what begins and ends runs', () => {
  it('hears of the requests and stops of its own model, and of new versions of its dataset', () => {
    const { template } = pipelineStack(() => ({ dataset: 'loans' }));
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { 'detail-type': ['Run Requested', 'Run Stop Requested'], detail: { model: ['credit'] } },
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { 'detail-type': ['Dataset Version Created'], detail: { dataset: ['loans'] } },
    });
  });

  it('leaves new data alone when told so, and trains at set times', () => {
    const { template } = pipelineStack(() => ({ onNewData: false, schedule: Schedule.rate(Duration.days(1)) }));
    expect(JSON.stringify(template.findResources('AWS::Events::Rule'))).not.toContain('Dataset Version Created');
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 day)' });
  });

  it('closes what no state could: executions that were aborted, timed out or failed', () => {
    pipelineStack().template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        detail: { status: ['ABORTED', 'TIMED_OUT', 'FAILED'], stateMachineArn: [Match.anyValue()] },
      },
    });
  });

  it('keeps events that could not be handled', () => {
    for (const { Properties } of Object.values(pipelineStack().template.findResources('AWS::Events::Rule'))) {
      for (const target of Properties.Targets) expect(target.DeadLetterConfig).toBeDefined();
    }
  });

  it('keeps events that its functions failed to handle', () => {
    const kept = Object.values(pipelineStack().template.findResources('AWS::Lambda::EventInvokeConfig'));
    expect(kept).toHaveLength(4);
    for (const { Properties } of kept) expect(Properties.DestinationConfig.OnFailure.Destination).toBeDefined();
  });

  it('tells a target how runs end', () => {
    const { stack, pipeline } = pipelineStack();
    pipeline.onFailed('Failed');
    pipeline.triggerOn('Mine', { source: ['my.app'] });
    expect(Stack.of(pipeline)).toBe(stack);
  });
});

const tracked = (props = {}) => Trainer.sageMaker({ source: SOURCE, image, mlflow: true, ...props });
const trackedStack = (props = {}) =>
  pipelineStack((stack, store) => ({
    trainer: tracked(props),
    mlflow: MlflowTracking.fromAttributes(stack, 'Mlflow', { apiId: 'mlflowapi1', store }),
  }));

describe('trainers', () => {
  it('hand work to a worker elsewhere by a queue, and take its archive from its answer', () => {
    const { machine, template } = pipelineStack((stack) => ({
      preprocessing: Processing.split(),
      trainer: Trainer.taskToken({
        queue: new Queue(stack, 'Work'),
        servingImage: image,
        heartbeat: Duration.minutes(5),
      }),
    }));
    expect(machine.States.Train).toMatchObject({
      Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
      Arguments: { MessageBody: { taskToken: '{% $states.context.Task.Token %}', outputUri: expect.any(String) } },
      Output: "{% $merge([$states.input, { 'trained': { 'archiveUri': $states.result.archiveUri } }]) %}",
      HeartbeatSeconds: 300,
      Next: 'SealModel',
    });
    expect(JSON.stringify(statementsOf(template, /TrainingRole/))).toContain('sqs:SendMessage');
    expect(JSON.stringify(statementsOf(template, /TrainingRole/))).not.toContain('CreateTrainingJob');
  });

  it('can be anything that adds an archive to the run', () => {
    const mine: ITrainer = {
      bind: (scope) => ({
        chain: Pass.jsonata(scope, 'Train', { outputs: Result.fromObject({}).value }),
        servingImage: image.bind(scope),
      }),
    };
    const { machine } = pipelineStack(() => ({ preprocessing: Processing.split(), trainer: mine }));
    expect(machine.States.PreprocessEnded!.Choices![0]!.Next).toBe('HasModel');
    expect(machine.States.HasModel!.Default).toBe('Train');
    expect(machine.States.Train!.Next).toBe('SealModel');
  });

  it('log to MLflow, where they are told to: by a run of the same id, as their role, with a network and no secret', () => {
    const { machine, template } = trackedStack();
    const { Environment, EnableNetworkIsolation } = machine.States.Train!.Arguments!;
    expect(EnableNetworkIsolation).toBe(false);
    expect(Environment).toEqual({
      MLFLOW_TRACKING_URI: expect.stringContaining('https://mlflowapi1.execute-api.'),
      MLFLOW_TRACKING_AWS_SIGV4: 'true',
      MLFLOW_RUN_ID: '{% $states.input.runId %}',
      MLFLOW_EXPERIMENT_NAME: 'mlops/credit',
      AWS_DEFAULT_REGION: expect.any(String),
    });
    const granted = JSON.stringify(statementsOf(template, /JobRolesTraining/));
    expect(granted).toContain('/POST/api/2.0/mlflow/runs/log-*');
    expect(granted).toContain('/mlflow/artifacts/pipeline-credit/*');
    expect(granted).not.toMatch(/registered-models|model-versions|runs\/delete|mlflow\/artifacts\/\*/);
    const { spec } = machine.States.PlanRun!.Arguments!.Payload as { spec: TrainingSpec };
    expect(spec.mlflow).toEqual({
      experiment: 'mlops/credit',
      artifactLocation: expect.stringMatching(/^s3:\/\/.+\/mlflow\/artifacts\/pipeline-credit$/),
    });
  });

  it('refuse to log to MLflow from an isolated container, and to a platform without it', () => {
    expect(() => trackedStack({ networkIsolation: true })).toThrow(/isolated container can't reach/);
    expect(() => pipelineStack(() => ({ trainer: tracked() }))).toThrow(/its platform does not have/);
  });

  it('train on spot instances with checkpoints below the run', () => {
    const trainer = Trainer.sageMaker({ source: SOURCE, image, spot: true, maxRuntime: Duration.minutes(10) });
    expect(pipelineStack(() => ({ trainer })).machine.States.Train!.Arguments).toMatchObject({
      EnableManagedSpotTraining: true,
      CheckpointConfig: { S3Uri: '{% $states.input.uris.checkpoints %}' },
      StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 1200 },
    });
  });

  it.each([
    [
      'a source that is no folder',
      () => Trainer.sageMaker({ source: '/nowhere', image }),
      /'\/nowhere' is not a folder/,
    ],
    [
      'an entry that is not there',
      () => Trainer.sageMaker({ source: SOURCE, image, entry: 'x.py' }),
      /no file 'x\.py'/,
    ],
  ])('refuse %s', (_, trainer, message) => {
    expect(() => pipelineStack(() => ({ trainer: trainer() }))).toThrow(message);
  });

  it('refuse a preprocessing script that the source does not hold', () => {
    expect(() => pipelineStack(() => ({ preprocessing: Processing.script('missing.py') }))).toThrow(
      /no file 'missing\.py'/,
    );
    expect(() =>
      pipelineStack(() => ({
        trainer: Trainer.xgboostAlgorithm({ image }),
        preprocessing: Processing.script('prepare.py'),
      })),
    ).toThrow(/this trainer has none/);
  });
});

it.each([0, 1, -0.1, 1.5])('refuses to hold out a share of %s', (testShare) => {
  expect(() => pipelineStack(() => ({ testShare }))).toThrow(/between 0 and 1/);
});
