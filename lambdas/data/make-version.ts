import { contentDigest } from '../../core/digest';
import type { DataObject, UploadRecord } from '../../lib/registry/contract';
import type { Registry } from '../registry/store/types';
import { actingFor } from '../shared/actor';
import { Conflict, NotFound } from '../shared/errors';
import { checkFiles } from './check-files';
import { describeVersion } from './describe-version';
import { readPrefix } from './read-prefix';
import type { ObjectLister } from './stored-object';

export interface MakeVersionDependencies {
  readonly registry: Pick<Registry, 'getUpload' | 'createDatasetVersion' | 'rejectUpload'>;
  readonly objects: ObjectLister;
  /** Name of the function that acts, on behalf of the uploader. */
  readonly actorId: string;
}

/** What became of the upload; the same when it is handled again. */
export type MakeVersionOutcome =
  | { readonly status: 'READY'; readonly version: number; readonly deduplicated: boolean }
  | { readonly status: 'REJECTED'; readonly reason: string };

/**
 * Decides a completed upload. The event only says which one: all else is read from the registry, and an upload that was
 * decided before stays as it is. What depends on S3 or the registry being well is thrown, and tried again.
 */
export const makeVersion = async (
  { dataset, uploadId }: { readonly dataset: string; readonly uploadId: string },
  dependencies: MakeVersionDependencies,
): Promise<MakeVersionOutcome> => {
  const { registry, objects } = dependencies;
  const upload = await requireUpload(dependencies, dataset, uploadId);
  const decided = outcomeOf(upload);
  if (decided) return decided;
  if (upload.status !== 'COMPLETED' || !(upload.files || upload.existing)) {
    throw new Conflict(`Upload ${uploadId} of '${dataset}' is ${upload.status}; a version is made of a COMPLETED one.`);
  }
  const actor = actingFor(upload.createdBy, dependencies.actorId, 'service');
  const checked = upload.files ? await checkFiles(upload, upload.files, objects) : await readPrefix(upload, objects);
  try {
    if ('reason' in checked) {
      await registry.rejectUpload(dataset, uploadId, checked.reason, actor);
      return { status: 'REJECTED', reason: checked.reason };
    }
    const table = await describeVersion(upload, checked.objects, objects);
    const version = { ...versionOf(upload, checked.objects), ...(table ? { table } : {}) };
    const { record, deduplicated } = await registry.createDatasetVersion(version, actor);
    return { status: 'READY', version: record.version, deduplicated };
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    // The same event, handled at the same time, was faster.
    const now = outcomeOf(await requireUpload(dependencies, dataset, uploadId));
    if (now) return now;
    throw error;
  }
};

const requireUpload = async (
  { registry }: MakeVersionDependencies,
  dataset: string,
  uploadId: string,
): Promise<UploadRecord> => {
  const upload = await registry.getUpload(dataset, uploadId);
  if (upload) return upload;
  throw new NotFound(`The registry has no upload '${uploadId}' of the dataset '${dataset}'.`);
};

const outcomeOf = ({ status, version, deduplicated, reason }: UploadRecord): MakeVersionOutcome | undefined => {
  if (status === 'READY') return { status, version: version!, deduplicated: deduplicated ?? false };
  if (status === 'REJECTED') return { status, reason: reason ?? 'no reason was recorded' };
  return undefined;
};

const versionOf = (upload: UploadRecord, objects: readonly DataObject[]) => {
  const { dataset, uploadId, bucket, prefix, message } = upload;
  return {
    dataset,
    uploadId,
    contentDigest: contentDigest(objects.map(({ name, size, sha256 }) => ({ name, size, sha256 }))),
    bucket,
    prefix,
    objects,
    totalBytes: objects.reduce((sum, { size }) => sum + size, 0),
    ...(message !== undefined && { message }),
  };
};
