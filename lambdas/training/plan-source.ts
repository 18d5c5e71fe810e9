import { sha256 } from '../../core/digest';
import { PREFIX, sourceKey } from '../../lib/artifacts/contract';
import type { RunRecord, SourceRecord } from '../../lib/registry/contract';
import type { TrainingSpec } from '../../lib/training/contract';
import { RunFailed, RunRejected } from './errors';
import type { PlanObjects } from './plan-objects';

/** Largest source archive, bytes. */
const MAX_SOURCE = 256 * 1024 * 1024;

/**
 * The source that a run trains with, at the key that its digest names: the command's upload where there is one, else
 * the stack's own.
 * @returns undefined where the trainer takes no source.
 */
export const pinSource = async (
  run: RunRecord,
  { source: own, stage }: Pick<TrainingSpec, 'source' | 'stage'>,
  bucket: string,
  objects: PlanObjects,
): Promise<SourceRecord | undefined> => {
  const asked = run.request.source;
  if (asked && stage === 'prod') {
    throw new RunRejected(
      'In production a run trains with the source of the stack only. Deploy the change, then train.',
    );
  }
  if (asked && !own) throw new RunRejected('This trainer takes no source. Train without --source.');
  if (asked && !asked.key.startsWith(PREFIX.code)) {
    throw new RunRejected(`A source lies below ${PREFIX.code}, received '${asked.key}'. Upload it with the command.`);
  }
  const from = asked ? { bucket, key: asked.key } : own;
  if (!from) return undefined;
  const bytes = await objects.readAll(from.bucket, from.key, MAX_SOURCE);
  const digest = sha256(bytes);
  if (asked && asked.sha256 !== digest) {
    throw new RunFailed(
      `The source s3://${from.bucket}/${from.key} has the SHA-256 ${digest}, not ${asked.sha256} as it was announced. Upload it again.`,
    );
  }
  const key = sourceKey(digest);
  if (from.bucket !== bucket || from.key !== key) await objects.putOnce(bucket, key, bytes);
  return {
    uri: `s3://${bucket}/${key}`,
    sha256: digest,
    origin: asked ? 'command' : 'stack',
    ...(asked?.commit !== undefined ? { commit: asked.commit } : {}),
    ...(asked?.dirty !== undefined ? { dirty: asked.dirty } : {}),
  };
};

/** Puts our split script to the key that its digest names; its prefix holds nothing else. */
export const pinSplitScript = async (
  { splitScript }: Pick<TrainingSpec, 'splitScript'>,
  bucket: string,
  objects: PlanObjects,
): Promise<{ readonly prefixUri: string; readonly sha256: string }> => {
  const bytes = await objects.readAll(splitScript.bucket, splitScript.key, MAX_SOURCE);
  const digest = sha256(bytes);
  const prefix = `${PREFIX.code}sha256/${digest}/`;
  await objects.putOnce(bucket, `${prefix}split.py`, bytes);
  return { prefixUri: `s3://${bucket}/${prefix}`, sha256: digest };
};
