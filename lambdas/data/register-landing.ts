import type { UploadRecord } from '../../lib/registry/contract';
import type { ApiStore } from '../registry/store/api-store';
import { InvalidInput } from '../shared/errors';

/** The last object that a writer of files puts into a folder, as Hadoop, Spark and Glue do. */
const MARKER = '_SUCCESS';
const LANDED = /^data\/([^/]+)\/incoming\/(?:.*\/)?_SUCCESS$/;

export interface Landing {
  readonly bucket: string;
  /** `data/<dataset>/incoming/<any folders>/_SUCCESS`. */
  readonly key: string;
  /** S3's number of the event: the same for an event that comes twice, another when the marker is written again. */
  readonly sequencer: string;
  /** Who wrote it: an AWS account, or a service of AWS. */
  readonly requester?: string;
}

export interface RegisterLandingDependencies {
  readonly registry: Pick<ApiStore, 'registerPrefix'>;
  /** Name of the function that acts. */
  readonly actorId: string;
}

/** Asks for a version of what lies in a folder that its writer has finished, where it lies; once for each time. */
export async function registerLanding(
  { bucket, key, sequencer, requester }: Landing,
  { registry, actorId }: RegisterLandingDependencies,
): Promise<Pick<UploadRecord, 'dataset' | 'uploadId' | 'status'>> {
  const dataset = LANDED.exec(key)?.[1];
  if (dataset === undefined) {
    throw new InvalidInput(
      `A finished folder is told by data/<dataset>/incoming/…/${MARKER}; '${key}' is not such an object.`,
    );
  }
  const prefix = key.slice(0, -MARKER.length);
  const actor = { id: actorId, kind: 'service', ...(requester ? { onBehalfOf: requester } : {}) } as const;
  const { uploadId, status } = await registry.registerPrefix(
    { dataset, bucket, prefix, message: `Landed in s3://${bucket}/${prefix}`, onceKey: `${key} ${sequencer}` },
    actor,
  );
  return { dataset, uploadId, status };
}
