import { lapsedWaivers } from '../../../core/governance/waivers';
import type { DeploymentRecord, ReleaseRecord, WaiverRecord } from '../../../lib/registry/contract';

/** What is waived of the version that serves, and what was waived and is no longer; a line each. */
export function servingWaivers(
  deployments: readonly DeploymentRecord[],
  releases: readonly ReleaseRecord[],
  waivers: readonly WaiverRecord[],
  today = new Date().toISOString().slice(0, 10),
): string[] {
  const now = deployments.find(({ endedAt }) => endedAt === undefined);
  const release = releases.find(({ releaseId }) => releaseId === now?.releaseId);
  if (!now || !release) return [];
  const { model, version, verdicts = [] } = release;
  const lapsed = lapsedWaivers(
    verdicts,
    waivers.filter((each) => each.version === version),
    { model, version, today },
  );
  const waived = verdicts.flatMap(({ policy, waived: by }) => (by ? `${policy} until ${by.expires}` : []));
  return [
    ...(waived.length > 0 ? [`Version ${version} serves with what was waived: ${waived.join(', ')}.`] : []),
    ...lapsed.map((each) => `${each} Release another version, or ask for another waiver.`),
  ];
}
