import type { ReleaseRecord } from '../../../lib/registry/contract';

/** Why a version is REJECTED whose release was refused; a waiver brings back a version that was rejected for just this. */
export const refusalOf = ({ releaseId, reason }: Pick<ReleaseRecord, 'releaseId' | 'reason'>): string =>
  `Release ${releaseId}: ${reason ?? 'rejected'}`;
