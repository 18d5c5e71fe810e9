import validate from 'asl-validator';
import { Duration } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { ModelImage } from '../../lib/training/model-image';
import { Processing } from '../../lib/training/processing';
import { Trainer } from '../../lib/training/trainer';
import { requestProblems } from './sagemaker-shapes';
import { type MachineJson, pipelineStack, SOURCE, type StateJson } from './stack';

const image = ModelImage.xgboost();
const variants: [string, () => MachineJson][] = [
  ['with a training script', () => pipelineStack().machine],
  [
    'on spot instances in a VPC',
    () =>
      pipelineStack((stack) => {
        const vpc = new Vpc(stack, 'Vpc');
        const securityGroups = [new SecurityGroup(stack, 'Group', { vpc })];
        return {
          network: { vpc, securityGroups },
          trainer: Trainer.sageMaker({ source: SOURCE, image, spot: true, maxRuntime: Duration.minutes(20) }),
        };
      }).machine,
  ],
  [
    'with the built-in algorithm',
    () =>
      pipelineStack(() => ({
        preprocessing: Processing.split(),
        trainer: Trainer.xgboostAlgorithm({ image, hyperparameters: { num_round: '10' } }),
      })).machine,
  ],
  [
    'with a worker elsewhere',
    () =>
      pipelineStack((stack) => ({
        preprocessing: Processing.split(),
        trainer: Trainer.taskToken({ queue: new Queue(stack, 'Work'), servingImage: image }),
      })).machine,
  ],
];

const tasks = (machine: MachineJson): [string, StateJson][] =>
  Object.entries(machine.States).filter(([, state]) => state.Type === 'Task');

describe.each(variants)('the state machine %s', (_, synthesize) => {
  const machine = synthesize();

  it('is valid Amazon States Language', () => {
    const { isValid, errorsText } = validate(machine);
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('asks SageMaker for nothing that its API does not know', () => {
    const jobs = tasks(machine).filter(([, { Resource }]) => Resource?.includes(':sagemaker:'));
    expect(jobs.length).toBeGreaterThanOrEqual(5);
    for (const [name, { Resource, Arguments }] of jobs) {
      const action = Resource!.split(':sagemaker:')[1]!.replace('.sync', '');
      const operation = action.charAt(0).toUpperCase() + action.slice(1);
      expect(requestProblems(operation, Arguments), name).toEqual([]);
    }
  });

  it('gives every task a time limit, and retries with backoff, a longest delay and jitter', () => {
    for (const [name, task] of tasks(machine)) {
      expect(task.TimeoutSeconds, name).toBeGreaterThan(0);
      expect(task.Retry?.length, name).toBeGreaterThan(0);
      for (const retry of task.Retry!) {
        expect(retry, name).toMatchObject({ BackoffRate: 2, JitterStrategy: 'FULL' });
        expect(retry.MaxDelaySeconds, name).toBeGreaterThan(0);
      }
    }
  });

  it('tries a function again whose process ended under way', () => {
    const functions = tasks(machine).filter(([, { Resource }]) => Resource?.includes(':lambda:'));
    expect(functions.length).toBeGreaterThan(10);
    for (const [name, { Retry }] of functions) {
      const ended = Retry!.find(({ ErrorEquals }) => (ErrorEquals as string[]).includes('Runtime.ExitError'));
      expect(ended, name).toMatchObject({ MaxAttempts: 2 });
    }
  });

  it('leads every failure to a state that closes the run, or to the record that decides', () => {
    for (const [name, task] of tasks(machine)) {
      if (/^CloseRun(Rejected|Stopped|Failed)$/.test(name)) continue;
      const last = task.Catch?.at(-1);
      expect(last?.ErrorEquals, name).toEqual(['States.ALL']);
      expect(last?.Next, name).toMatch(name.startsWith('Record') ? /^CloseRunFailed$/ : /^(CloseRunFailed|Record)/);
      expect(last?.Output, name).toContain('$states.errorOutput');
    }
  });

  it('ends in states that are named for how the run ended', () => {
    const ends = Object.entries(machine.States).filter(([, { Type }]) => Type === 'Fail' || Type === 'Succeed');
    expect(ends.map(([name]) => name).sort()).toEqual(['FAILED', 'REJECTED', 'STOPPED', 'SUCCEEDED']);
  });
});

describe('the way of a run', () => {
  const { States } = pipelineStack().machine;

  it('goes on after a job only through its record, on Completed', () => {
    for (const [name, state] of Object.entries(States)) {
      if (!state.Resource?.includes(':sagemaker:')) continue;
      expect(state.Next).toBe(`Record${name}`);
      expect(state.Catch).toEqual([expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: `Record${name}` })]);
      expect(States[`Record${name}`]!.Next).toBe(`${name}Ended`);
      const ended = States[`${name}Ended`]!;
      expect(ended.Choices).toHaveLength(1);
      expect(ended.Choices![0]!.Condition).toBe("{% $states.input.job.status = 'Completed' %}");
      expect(ended.Default).toBe(`Await${name}`);
      expect(States[`Await${name}`]!.Next).toBe(`Record${name}`);
    }
  });

  it('can be entered at each step that a resumed run may need', () => {
    const entries = Object.fromEntries(
      States.ResumeAt!.Choices!.map(({ Condition, Next }) => [/'(\w+)'/.exec(Condition)![1], Next]),
    );
    expect(entries).toEqual({
      Preprocess: 'Preprocess',
      Train: 'HasModel',
      SealModel: 'SealModel',
      Transform: 'CreateModel',
      TransformChampion: 'HasChampion',
      Evaluate: 'Evaluate',
      Register: 'IsReplay',
    });
    expect(States.ResumeAt!.Default).toBe('ValidateData');
  });

  it('trains unless the model comes with the run, and registers unless it is a replay', () => {
    expect(States.HasModel).toMatchObject({
      Choices: [{ Condition: '{% $exists($states.input.trained) %}', Next: 'SealModel' }],
      Default: 'Train',
    });
    expect(States.IsReplay).toMatchObject({
      Choices: [{ Condition: '{% $exists($states.input.replayOf) %}', Next: 'CompareReplay' }],
      Default: 'Register',
    });
    expect(States.CompareReplay!.Next).toBe('CloseReplaySucceeded');
    expect(States.CloseReplaySucceeded).toMatchObject({ Next: 'SUCCEEDED' });
    expect(JSON.stringify(States.CloseReplaySucceeded!.Arguments)).not.toContain('version');
  });

  it('predicts the held-out rows without their label, and joins the prediction to the row', () => {
    expect(States.Transform!.Arguments).toMatchObject({
      DataProcessing: { InputFilter: '$[1:]', JoinSource: 'Input' },
      TransformInput: { SplitType: 'Line', ContentType: 'text/csv' },
      TransformOutput: { AssembleWith: 'Line' },
      BatchStrategy: 'MultiRecord',
    });
  });

  it('keeps training and serving from the network, and encrypts what they write', () => {
    expect(States.Train!.Arguments).toMatchObject({
      EnableNetworkIsolation: true,
      EnableInterContainerTrafficEncryption: true,
      OutputDataConfig: { KmsKeyId: expect.stringContaining('Key') },
      ResourceConfig: { VolumeKmsKeyId: expect.stringContaining('Key') },
    });
    expect(States.CreateModel!.Arguments).toMatchObject({ EnableNetworkIsolation: true });
    expect(States.Preprocess!.Arguments).toMatchObject({ NetworkConfig: { EnableNetworkIsolation: true } });
  });

  it('compares with a champion only where there is one', () => {
    expect(States.HasChampion!.Choices![0]).toEqual({
      Condition: '{% $exists($states.input.champion) %}',
      Next: 'CreateChampionModel',
    });
    expect(States.HasChampion!.Default).toBe('Evaluate');
    expect(States.TransformChampionEnded!.Choices![0]!.Next).toBe('Evaluate');
  });
});
