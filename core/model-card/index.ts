export { buildModelCard, type CardFacts } from './build';
export { missingParts } from './complete';
export type { ModelCardContent } from './content';
export { modelCardHtml } from './html';
