import type {
  DatasetVersionRecord,
  DeploymentRecord,
  LineageEdge,
  LineageGraph,
  LineageKind,
  LineageNode,
  ModelVersionRecord,
  ReleaseRecord,
  RunRecord,
} from '../../../lib/registry/contract';
import { datasetVersionKey, lineagePk, modelPk, releaseKey, runKey, versionKey } from './keys';
import { WaiverStore } from './waivers';

export type LineageDirection = 'up' | 'down' | 'both';

export interface LineageRequest {
  /** `up`: what it came from; `down`: what came of it. */
  readonly direction: LineageDirection;
  /** Edges from the root to the farthest node, at most. */
  readonly depth: number;
  /** Nodes in all, at most. */
  readonly limit: number;
}

type Way = 'IN' | 'OUT';

/** How many partitions are read at the same time. */
const AT_ONCE = 16;

/** The lineage, walked from one thing upstream and downstream; only people ask for it. */
export abstract class LineageStore extends WaiverStore {
  /** Direct neighbours: what a node came from, and what came of it. */
  async lineageOf(node: string): Promise<{ readonly from: string[]; readonly to: string[] }> {
    const [from, to] = await Promise.all([this.neighbours(node, 'IN', 200), this.neighbours(node, 'OUT', 200)]);
    return { from: from.ids, to: to.ids };
  }

  /** The graph around a node: its ancestors and its descendants, not what else those led to or came from. */
  async lineage(root: string, { direction, depth, limit }: LineageRequest): Promise<LineageGraph> {
    const walk: Walk = { limit, ids: new Set([root]), edges: new Map(), cut: new Set() };
    if (direction !== 'down') await this.walk(root, 'IN', depth, walk);
    if (direction !== 'up') await this.walk(root, 'OUT', depth, walk);
    const nodes = await inBatches([...walk.ids], async (id) => {
      const described = (await this.lineageNode(id)) ?? bare(id);
      return walk.cut.has(id) ? { ...described, more: true } : described;
    });
    return { root, nodes, edges: [...walk.edges.values()], truncated: walk.cut.size > 0 };
  }

  /** What the registry knows of a node; undefined where it has no such record (sources and images have none ever). */
  async lineageNode(id: string): Promise<LineageNode | undefined> {
    const { kind, name, version } = partsOf(id);
    if (kind === 'dataset') return describeDataset(id, await this.table.record(datasetVersionKey(name, version)));
    if (kind === 'version') return describeVersion(id, await this.table.record(versionKey(name, version)));
    if (kind === 'run') return describeRun(id, await this.table.record(runKey(name)));
    if (kind === 'release') return describeRelease(id, await this.table.record(releaseKey(name)));
    if (kind === 'deployment') return describeDeployment(id, await this.deploymentOf(name));
    return undefined;
  }

  private async walk(root: string, way: Way, depth: number, walk: Walk): Promise<void> {
    const seen = new Set([root]);
    let frontier = [root];
    for (let level = 0; frontier.length > 0; level++) {
      const room = walk.limit - walk.ids.size;
      // At the edge of what was asked one neighbour is enough to know that there is more.
      const found = await inBatches(frontier, (id) => this.neighbours(id, way, level < depth ? Math.max(1, room) : 1));
      const next: string[] = [];
      for (const [at, { ids, more }] of found.entries()) {
        const id = frontier[at]!;
        if (more) walk.cut.add(id);
        for (const other of ids) {
          if (!walk.ids.has(other) && (level >= depth || walk.ids.size >= walk.limit)) walk.cut.add(id);
          else {
            walk.ids.add(other);
            const edge = way === 'IN' ? { from: other, to: id } : { from: id, to: other };
            walk.edges.set(`${edge.from} ${edge.to}`, edge);
            if (!seen.has(other)) next.push(other);
            seen.add(other);
          }
        }
      }
      frontier = next;
    }
  }

  private async neighbours(node: string, way: Way, limit: number): Promise<{ ids: string[]; more: boolean }> {
    const prefix = `${way}#`;
    // One more than wanted tells whether there is more: a full page of DynamoDB's has a token in any case.
    const page = await this.table.page({ pk: lineagePk(node), prefix }, { limit: Math.min(200, limit + 1) });
    const ids = page.items.map(({ SK }) => (SK as string).slice(prefix.length));
    return { ids: ids.slice(0, limit), more: ids.length > limit || (ids.length === 200 && page.next !== undefined) };
  }

  private async deploymentOf(releaseId: string): Promise<DeploymentRecord | undefined> {
    const release = await this.table.get(releaseKey(releaseId));
    if (!release?.deployment) return undefined;
    return this.table.record({ PK: modelPk(release.model as string), SK: release.deployment as string });
  }
}

interface Walk {
  readonly limit: number;
  readonly ids: Set<string>;
  readonly edges: Map<string, LineageEdge>;
  /** Nodes of which not every neighbour is there. */
  readonly cut: Set<string>;
}

async function inBatches<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(act))));
  }
  return results;
}

const NUMBERED: readonly LineageKind[] = ['dataset', 'version', 'mlflow-version'];

/** `version:credit:7` is the version 7 of credit; images have colons in their names. */
function partsOf(id: string): { readonly kind: LineageKind; readonly name: string; readonly version: number } {
  const at = id.indexOf(':');
  const [kind, rest] = [id.slice(0, at) as LineageKind, id.slice(at + 1)];
  const [name = '', version] = NUMBERED.includes(kind) ? rest.split(':') : [rest];
  return { kind, name, version: Number(version) };
}

function bare(id: string): LineageNode {
  const { kind, name, version } = partsOf(id);
  if (kind === 'mlflow-run') return { id, kind, label: `MLflow run ${name}` };
  if (kind === 'mlflow-version') return { id, kind, label: `MLflow model ${name} version ${version}` };
  if (kind === 'source') return { id, kind, label: `source ${name.slice(0, 12)}`, digest: name };
  if (kind === 'image') return { id, kind, label: `image ${name}`, uri: name };
  return { id, kind, label: `${kind} ${id.slice(kind.length + 1)}, which is not in the registry` };
}

const describeDataset = (id: string, record?: DatasetVersionRecord): LineageNode | undefined =>
  record && {
    id,
    kind: 'dataset',
    label: `data ${record.dataset} version ${record.version}`,
    time: record.createdAt,
    uri: `s3://${record.bucket}/${record.prefix}`,
    digest: record.contentDigest,
  };

const describeVersion = (id: string, record?: ModelVersionRecord): LineageNode | undefined =>
  record && {
    id,
    kind: 'version',
    label: `${record.model} version ${record.version}`,
    status: record.status,
    time: record.createdAt,
    model: record.model,
    uri: record.archive.uri,
    digest: record.archive.sha256,
  };

const describeRun = (id: string, record?: RunRecord): LineageNode | undefined =>
  record && {
    id,
    kind: 'run',
    label: `run ${record.runId}`,
    status: record.status,
    time: record.startedAt ?? record.requestedAt,
    ...(record.endedAt ? { endedAt: record.endedAt } : {}),
    model: record.model,
  };

const describeRelease = (id: string, record?: ReleaseRecord): LineageNode | undefined =>
  record && {
    id,
    kind: 'release',
    label: `release ${record.releaseId}`,
    status: record.status,
    time: record.startedAt ?? record.requestedAt,
    ...(record.endedAt ? { endedAt: record.endedAt } : {}),
    model: record.model,
  };

const describeDeployment = (id: string, record?: DeploymentRecord): LineageNode | undefined =>
  record && {
    id,
    kind: 'deployment',
    label: `endpoint ${record.endpointName}`,
    status: record.endedAt ? 'ENDED' : 'SERVES',
    time: record.startedAt,
    ...(record.endedAt ? { endedAt: record.endedAt } : {}),
    model: record.model,
  };
