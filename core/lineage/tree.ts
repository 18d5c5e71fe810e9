import type { LineageGraph, LineageNode } from '../../lib/registry/contract';

/** A lineage as two trees of text below its root: what it came from, and what came of it. */
export function lineageTree(graph: LineageGraph): string {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const next = (from: 'from' | 'to', to: 'from' | 'to') => (id: string) =>
    graph.edges.filter((edge) => edge[from] === id).map((edge) => edge[to]);
  const part = (title: string, step: (id: string) => string[]): string[] => {
    const lines = branches(graph.root, step, nodes, new Set([graph.root]), '');
    return lines.length > 0 ? ['', title, ...lines] : [];
  };
  return [
    line(nodes.get(graph.root)!),
    ...part('came from', next('to', 'from')),
    ...part('led to', next('from', 'to')),
  ].join('\n');
}

function branches(
  id: string,
  step: (id: string) => string[],
  nodes: ReadonlyMap<string, LineageNode>,
  told: Set<string>,
  indent: string,
): string[] {
  const children = step(id).sort();
  return children.flatMap((child, at) => {
    const last = at === children.length - 1;
    const node = nodes.get(child)!;
    const head = `${indent}${last ? '└─ ' : '├─ '}${line(node)}`;
    if (told.has(child)) return step(child).length > 0 ? [`${head} (see above)`] : [head];
    told.add(child);
    return [head, ...branches(child, step, nodes, told, `${indent}${last ? '   ' : '│  '}`)];
  });
}

function line({ label, status, time, endedAt, digest, kind, more }: LineageNode): string {
  const day = (iso: string): string => iso.slice(0, 16).replace('T', ' ');
  const when = time ? (endedAt ? `${day(time)} to ${day(endedAt)}` : `${day(time)}`) : undefined;
  const bytes = digest && kind !== 'source' ? digest.slice(0, 12) : undefined;
  return [label, status, when, bytes, more ? '… and more' : undefined].filter(Boolean).join('  ');
}
