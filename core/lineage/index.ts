export { mermaid } from './mermaid';
export { openLineageEvents } from './openlineage';
export { lineageTree } from './tree';
