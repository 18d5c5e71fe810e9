import { Duration } from 'aws-cdk-lib';
import { toPrivacySpec } from '../data/privacy';
import { toDataSchema } from '../data/schema';
import { measuresOf } from '../governance/measures';
import { pipelineExperiment } from '../mlflow/mlflow-access';
import { Stage } from '../platform/stage';
import type { JobShape, TrainingSpec } from './contract';
import { explainSpec } from './explain';
import type { IModelImageConfig } from './model-image';
import { type Processing, processingInstances } from './processing';
import type { TrainerConfig } from './trainer-interface';
import type { TrainingPipelineProps } from './training-pipeline';
import type { TransformProps } from './transform-props';

export interface SpecParts {
  readonly preprocessing: Processing;
  /** Image of the preprocessing job. */
  readonly processing: IModelImageConfig;
  readonly trainer: TrainerConfig;
  /** Where the split script lies. */
  readonly split: TrainingSpec['splitScript'];
}

/** What the runs of a pipeline are configured with: its props and its trainer's, defaults filled in. */
export function trainingSpec(props: TrainingPipelineProps, parts: SpecParts): TrainingSpec {
  const { preprocessing, processing, trainer, split } = parts;
  const { source } = trainer;
  const owner = `the model '${props.model}'`;
  const schema = toDataSchema(owner, props.schema);
  return {
    model: props.model,
    dataset: props.dataset ?? props.model,
    schema,
    privacy: toPrivacySpec(owner, props.privacy, schema),
    stage: props.stage ?? Stage.DEV,
    testShare: props.testShare ?? 0.3,
    validationShare: props.validationShare ?? 0.2,
    seed: props.seed ?? 42,
    header: trainer.header ?? true,
    ...(source ? { source: { bucket: source.bucketName, key: source.objectKey } } : {}),
    trainingEntry: trainer.trainingEntry,
    servingEntry: trainer.servingEntry,
    preprocessingEntry: trainer.preprocessingEntry ?? preprocessing.entry,
    splitScript: split,
    images: {
      processing: processing.imageUri,
      training: trainer.trainingImage?.imageUri,
      serving: trainer.servingImage.imageUri,
    },
    hyperparameters: trainer.hyperparameters ?? {},
    servingEnvironment: trainer.servingEnvironment ?? {},
    jobs: {
      processing: processingInstances(preprocessing),
      ...trainingJob(trainer),
      transform: transformJob(props.transform),
    },
    maxCostUsd: props.maxCostUsd ?? trainer.maxCostUsd ?? 5,
    prices: props.prices,
    contentType: props.contentType ?? 'text/csv',
    measures: measuresOf(props.policies ?? []),
    explain: explainSpec(props.explain, props.seed ?? 42),
    ...(trainer.logsToMlflow && props.mlflow
      ? { mlflow: pipelineExperiment(props.store, props.mlflow, props.model) }
      : {}),
  };
}

function trainingJob({ instances }: TrainerConfig): { readonly training?: JobShape } {
  if (!instances) return {};
  const { instanceType, instanceCount = 1, volumeGb = 10, maxRuntimeSeconds, spot } = instances;
  return { training: { instanceType, instanceCount, volumeGb, maxRuntimeSeconds, spot } };
}

/** Transform jobs have no volume of their own. */
const transformJob = (props: TransformProps = {}): JobShape => ({
  instanceType: props.instanceType ?? 'ml.m5.large',
  instanceCount: props.instanceCount ?? 1,
  volumeGb: 0,
  maxRuntimeSeconds: (props.maxRuntime ?? Duration.hours(1)).toSeconds(),
});

/** @throws Error for a share that is none */
export function checkShares({
  testShare,
  validationShare,
}: Pick<TrainingPipelineProps, 'testShare' | 'validationShare'>): void {
  for (const [name, share] of Object.entries({ testShare, validationShare })) {
    if (share === undefined || (share > 0 && share < 1)) continue;
    throw new Error(`${name} is a share of the rows between 0 and 1, received ${share}.`);
  }
}
