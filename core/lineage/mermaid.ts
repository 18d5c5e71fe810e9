import type { LineageGraph, LineageNode } from '../../lib/registry/contract';

/** A shape a kind: what is made of bytes is a box, what happens is round, what serves is a cylinder. */
const SHAPE: Readonly<Record<LineageNode['kind'], readonly [string, string]>> = {
  dataset: ['[(', ')]'],
  source: ['[', ']'],
  image: ['[', ']'],
  run: ['([', '])'],
  version: ['[[', ']]'],
  release: ['([', '])'],
  deployment: ['{{', '}}'],
  'mlflow-run': ['([', '])'],
  'mlflow-version': ['[[', ']]'],
};

/** A lineage as a Mermaid flowchart, from what things came from on the left to what came of them on the right. */
export function mermaid({ root, nodes, edges }: LineageGraph): string {
  const names = new Map(nodes.map(({ id }, at) => [id, `n${at}`]));
  const lines = nodes.map((node) => {
    const [open, close] = SHAPE[node.kind];
    const text = [node.label, node.status, node.more ? '…' : undefined].filter(Boolean).join(' · ');
    return `  ${names.get(node.id)}${open}"${quoted(text)}"${close}`;
  });
  const arrows = edges.map(({ from, to }) => `  ${names.get(from)} --> ${names.get(to)}`);
  return ['flowchart LR', ...lines, ...arrows, `  style ${names.get(root)} stroke-width:4px`].join('\n');
}

/** Mermaid takes entities by number in quoted text; a quotation mark or `#` as it is would end or begin one. */
const quoted = (text: string): string =>
  text.replace(/[#"<>&]/g, (character) => `#${character.codePointAt(0)};`).replace(/\s+/g, ' ');
