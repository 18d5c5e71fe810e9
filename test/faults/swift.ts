import { join } from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import {
  MlopsPlatform,
  ModelImage,
  ModelLifecycle,
  type ModelLifecycleProps,
  Policy,
  ProblemType,
  Trainer,
} from 'cdk-mlops';

/** A model whose runs and releases take as little time as can be, in a stack of its own. */
export function addSwift(
  platformStack: Stack,
  platformName: string,
  id: string,
  props: Partial<ModelLifecycleProps> = {},
): void {
  const stack = new Stack(platformStack.node.root as unknown as Stack, `${platformName}-${id.toLowerCase()}`);
  stack.addStackDependency(platformStack);
  new ModelLifecycle(stack, id, {
    platform: MlopsPlatform.fromPlatformName(stack, 'Platform', { platformName, signing: true }),
    owner: 'faults',
    schema: { label: 'sick', problem: ProblemType.BINARY },
    trainer: Trainer.sageMaker({
      source: join(__dirname, 'source'),
      image: ModelImage.xgboost('3.2-0'),
      maxRuntime: Duration.minutes(5),
    }),
    policies: [Policy.metric('roc_auc', { min: 0.5 })],
    releaseCandidates: false,
    ...props,
  });
}
