import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ArtifactStore } from '../../lib/artifacts/artifact-store';
import { ModelRegistry } from '../../lib/registry/model-registry';
import { ModelImage } from '../../lib/training/model-image';
import { Processing } from '../../lib/training/processing';
import { Trainer } from '../../lib/training/trainer';
import { TrainingPipeline, type TrainingPipelineProps } from '../../lib/training/training-pipeline';

export const SOURCE = join(__dirname, 'source');

/** A stack with one pipeline, all props at their defaults but those given. */
export function pipelineStack(
  props: (stack: Stack, store: ArtifactStore) => Partial<TrainingPipelineProps> = () => ({}),
) {
  const stack = new Stack(new App(), 'Test');
  const store = new ArtifactStore(stack, 'Store');
  const pipeline = new TrainingPipeline(stack, 'Training', {
    model: 'credit',
    store,
    registry: ModelRegistry.fromAttributes(stack, 'Registry', {
      tableName: 'registry',
      encryptionKey: store.encryptionKey,
      eventBusName: 'changes',
      apiId: 'abcde12345',
      registerModelFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:register-model',
    }),
    schema: { label: 'default' },
    preprocessing: Processing.script('prepare.py'),
    trainer: Trainer.sageMaker({ source: SOURCE, image: ModelImage.xgboost() }),
    ...props(stack, store),
  });
  const template = Template.fromStack(stack);
  return { stack, pipeline, template, machine: machineOf(stack, template, pipeline) };
}

export interface StateJson {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: Record<string, unknown>;
  readonly TimeoutSeconds?: number;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Retry?: readonly Record<string, unknown>[];
  readonly Catch?: readonly { readonly ErrorEquals: string[]; readonly Next: string; readonly Output: string }[];
}

export interface MachineJson {
  readonly StartAt: string;
  readonly QueryLanguage: string;
  readonly States: Record<string, StateJson>;
}

/** The definition as Step Functions gets it, with placeholders for what is known at deploy only. */
function machineOf(stack: Stack, template: Template, pipeline: TrainingPipeline): MachineJson {
  const id = stack.getLogicalId(pipeline.stateMachine.node.defaultChild as never);
  const { DefinitionString } = template.toJSON().Resources[id].Properties;
  const parts: unknown[] = typeof DefinitionString === 'string' ? [DefinitionString] : DefinitionString['Fn::Join'][1];
  return JSON.parse(parts.map(placeholder).join(''));
}

function placeholder(part: unknown): string {
  if (typeof part === 'string') return part;
  const text = JSON.stringify(part);
  if (text.includes('AWS::Partition')) return 'aws';
  const name = text.replace(/[^A-Za-z0-9]/g, '');
  return text.includes('Arn') ? `arn:aws:iam::111122223333:role/${name}` : name;
}
