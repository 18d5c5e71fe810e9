import type { Context } from '../context';
import type { Resource } from '../state/store';

/** The role as which a job runs: its own; for a transform job that of its model. */
export function roleOf(context: Context, { kind, scope, describe }: Resource): string | undefined {
  if (kind !== 'transform-job') return describe.RoleArn;
  return context.store.get('model', scope, describe.ModelName)?.describe.ExecutionRoleArn;
}

/** A job's image, and the key of its volume where one is given. */
export function encryptedImage(context: Context, { kind, scope, describe }: Resource): [string, string | undefined] {
  if (kind === 'training-job') {
    return [describe.AlgorithmSpecification.TrainingImage, describe.ResourceConfig.VolumeKmsKeyId];
  }
  if (kind === 'processing-job') {
    return [describe.AppSpecification.ImageUri, describe.ProcessingResources.ClusterConfig.VolumeKmsKeyId];
  }
  const model = context.store.get('model', scope, describe.ModelName);
  return [model?.describe.PrimaryContainer.Image ?? '', describe.TransformResources.VolumeKmsKeyId];
}
