import type { ApiStore } from './store/api-store';
import { nodeOf } from './things';

export interface Retention {
  /** The node that was asked for. */
  readonly of: string;
  /** Why it must stay, each in a sentence; empty where nothing keeps it. */
  readonly keptBy: readonly string[];
}

/** A walk this far finds all that came of one thing, but for things of which a great many came. */
const WALK = { direction: 'down', depth: 50, limit: 500 } as const;

/**
 * Why a version of data or of a model, or a run, must stay: it or what came of it is on hold, serves, or was decided on.
 * Where the lineage is too large to be walked whole, that is a reason to keep it too.
 */
export async function retentionOf(thing: string, registry: ApiStore): Promise<Retention> {
  const of = await nodeOf(thing, registry);
  const { nodes, truncated } = await registry.lineage(of, WALK);
  const keptBy = await Promise.all(nodes.map(({ id }) => reasonOf(id, registry)));
  const unknown = truncated ? ['More came of it than can be looked through here.'] : [];
  return { of, keptBy: [...keptBy.filter((reason) => reason !== undefined), ...unknown] };
}

async function reasonOf(id: string, registry: ApiStore): Promise<string | undefined> {
  const [kind, releaseId = ''] = id.split(':');
  if (kind === 'release') {
    const { approval, model, version } = (await registry.getRelease(releaseId)) ?? {};
    if (!approval) return undefined;
    return `Version ${version} of ${model} was ${approval.decision} in the release ${releaseId}: it is what a decision rests on.`;
  }
  if (kind === 'deployment') {
    const node = await registry.lineageNode(id);
    return node?.status === 'SERVES' ? `A version of ${node.model} serves at the ${node.label}.` : undefined;
  }
  if (kind !== 'version' && kind !== 'dataset' && kind !== 'run') return undefined;
  const { hold } = await registry.notesOf(id);
  return hold && `${id} is on hold: ${hold.text} (${hold.by.id}, ${hold.at.slice(0, 10)}).`;
}
