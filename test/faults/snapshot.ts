import type { DeploymentRecord, ModelVersionRecord, ReleaseRecord, RunRecord } from '../../lib/registry/contract';
import type { Platform } from './platform';

/** The registry's records of a model. */
export interface Snapshot {
  readonly runs: readonly RunRecord[];
  readonly releases: readonly ReleaseRecord[];
  readonly versions: readonly ModelVersionRecord[];
  readonly deployments: readonly DeploymentRecord[];
  readonly champion: number | undefined;
  readonly lastVersion: number;
}

export async function snapshotOf(registry: Platform['registry'], model: string): Promise<Snapshot> {
  const [runs, releases, versions, deployments, aliases, { lastVersion }] = await Promise.all([
    registry.runs(model),
    registry.releases(model),
    registry.modelVersions(model),
    registry.deployments(model),
    registry.aliases(model),
    registry.model(model),
  ]);
  const champion = aliases.find(({ alias }) => alias === 'champion')?.version;
  return { runs, releases, versions, deployments, champion, lastVersion };
}
