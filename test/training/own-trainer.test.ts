import { Duration, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Pass, TaskInput, Wait, WaitTime } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { type ITrainer, ModelImage, Processing, type TrainerBindOptions, type TrainerConfig } from '../../lib';
import { type MachineJson, pipelineStack } from './stack';

/** A trainer as a user writes one: a function of theirs submits the training to a cluster, and is asked for the end. */
class ClusterTrainer implements ITrainer {
  public options?: TrainerBindOptions;

  public bind(scope: Construct, options: TrainerBindOptions): TrainerConfig {
    this.options = options;
    const cluster = new Construct(scope, 'Cluster');
    const submit = this.call(cluster, 'SubmitToCluster', '{% $states.input.uris.train %}');
    const wait = new Wait(cluster, 'WaitForCluster', { time: WaitTime.duration(Duration.minutes(1)) });
    const collect = this.call(cluster, 'CollectFromCluster', '{% $states.input.uris.trainOutput %}');
    const done = Pass.jsonata(cluster, 'ClusterDone', {
      outputs:
        "{% $merge([$states.input, { 'trained': { 'archiveUri': $states.input.uris.trainOutput & '/m.tar.gz' } }]) %}",
    });
    collect.addRetry({ errors: ['NotYet'], interval: Duration.minutes(1), maxAttempts: 60 });
    return {
      chain: submit.next(wait).next(collect).next(done),
      servingImage: ModelImage.xgboost('3.2-0').bind(scope),
      servingEnvironment: { WORKERS: '2' },
      hyperparameters: { depth: '4' },
    };
  }

  private call(scope: Construct, id: string, uri: string): LambdaInvoke {
    const lambdaFunction = new LambdaFunction(scope, `${id}Function`, {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => ({})'),
    });
    lambdaFunction.grantInvoke(this.options!.executionRole);
    return LambdaInvoke.jsonata(scope, id, {
      lambdaFunction,
      payload: TaskInput.fromObject({ uri }),
      outputs: '{% $states.input %}',
    });
  }
}

const bound = () => {
  const trainer = new ClusterTrainer();
  return { trainer, ...pipelineStack(() => ({ preprocessing: Processing.split(), trainer })) };
};

/** What PlanRun is configured with. */
const specOf = (machine: MachineJson) =>
  (machine.States.PlanRun!.Arguments as { Payload: { spec: Record<string, unknown> } }).Payload.spec;

describe('a trainer that a user wrote', () => {
  it('has its states where the training was: after the preprocessing, before the seal, and first in a resumed run', () => {
    const { States } = bound().machine;
    expect(States.PreprocessEnded!.Choices![0]!.Next).toBe('HasModel');
    expect(States.HasModel!.Default).toBe('SubmitToCluster');
    const order = ['SubmitToCluster', 'WaitForCluster', 'CollectFromCluster', 'ClusterDone', 'SealModel'];
    for (const [index, name] of order.slice(0, -1).entries()) expect(States[name]!.Next).toBe(order[index + 1]);
    const resume = States.ResumeAt!.Choices!.find(({ Condition }) => Condition.includes("'Train'"));
    expect(resume?.Next).toBe('HasModel');
  });

  it('has its failures closed as those of our own states, and keeps its own retries', () => {
    const { States } = bound().machine;
    for (const name of ['SubmitToCluster', 'CollectFromCluster']) {
      expect(States[name]!.Catch!.map(({ ErrorEquals, Next }) => [ErrorEquals.at(-1), Next])).toEqual(
        States.SealModel!.Catch!.map(({ ErrorEquals, Next }) => [ErrorEquals.at(-1), Next]),
      );
      expect(States[name]!.Catch!.at(-1)).toMatchObject({ ErrorEquals: ['States.ALL'], Next: 'CloseRunFailed' });
    }
    expect(States.CollectFromCluster!.Retry).toContainEqual(expect.objectContaining({ ErrorEquals: ['NotYet'] }));
  });

  it('is planned without an instance, a price or a training image on SageMaker', () => {
    const spec = specOf(bound().machine);
    expect(spec).toMatchObject({ hyperparameters: { depth: '4' }, servingEnvironment: { WORKERS: '2' } });
    expect(spec.jobs).not.toHaveProperty('training');
    expect((spec.images as object) ?? {}).not.toHaveProperty('training');
    expect(spec).not.toHaveProperty('source');
  });

  it('gets what it binds to, and the state machine may call it and start no training job', () => {
    const { trainer, template, stack } = bound();
    expect(trainer.options).toMatchObject({ model: 'credit', stage: 'dev' });
    expect(trainer.options!.encryptionKey).toBe(trainer.options!.store.encryptionKey);
    expect(Stack.of(trainer.options!.executionRole)).toBe(stack);
    const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    expect(policies).toContain('SubmitToClusterFunction');
    expect(policies).not.toContain('sagemaker:CreateTrainingJob');
  });

  it('trains another model as well, in a stack of its own', () => {
    const trainer = new ClusterTrainer();
    for (let models = 0; models < 2; models += 1) {
      const { machine } = pipelineStack(() => ({ preprocessing: Processing.split(), trainer }));
      expect(machine.States.ClusterDone!.Next).toBe('SealModel');
    }
  });
});
