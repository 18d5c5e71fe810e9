import type { DatasetVersionRecord, RunRecord } from '../../lib/registry/contract';
import type { TrainingSpec } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
import { RunFailed } from './errors';
import type { PlanObjects } from './plan-objects';

/** How many objects are looked at in S3 at the same time. */
const AT_ONCE = 16;

/** The dataset version that a run asks for, or the latest. */
export const findData = async (
  registry: Pick<Registry, 'getDatasetVersion'>,
  run: RunRecord,
  { dataset }: Pick<TrainingSpec, 'dataset'>,
): Promise<DatasetVersionRecord> => {
  const wanted = run.request.datasetVersion ?? 'latest';
  const version = await registry.getDatasetVersion(dataset, wanted);
  if (version) return version;
  throw new RunFailed(
    wanted === 'latest'
      ? `The dataset '${dataset}' has no version yet. Push data first: mlops data push ${dataset} <files>.`
      : `The dataset '${dataset}' has no version ${wanted}. List its versions: mlops data ls ${dataset}.`,
  );
};

/**
 * Makes sure that every object of a version is still the one that was recorded: jobs read what is current.
 * @throws RunFailed that names the objects.
 */
export const checkObjects = async (data: DatasetVersionRecord, objects: PlanObjects): Promise<void> => {
  const faults: string[] = [];
  for (let at = 0; at < data.objects.length; at += AT_ONCE) {
    const some = data.objects.slice(at, at + AT_ONCE);
    const found = await Promise.all(some.map(({ key }) => objects.head(data.bucket, key)));
    for (const [index, { key, versionId }] of some.entries()) {
      const uri = `s3://${data.bucket}/${key}`;
      const now = found[index];
      if (!now) faults.push(`${uri} is gone`);
      else if (now.versionId !== versionId) faults.push(`${uri} was overwritten (version ${now.versionId})`);
    }
  }
  if (faults.length === 0) return;
  const more = faults.length > 5 ? `; and ${faults.length - 5} more` : '';
  throw new RunFailed(
    `Version ${data.version} of the dataset '${data.dataset}' is not as it was recorded: ` +
      `${faults.slice(0, 5).join('; ')}${more}. Push the data again, and train on the new version.`,
  );
};
