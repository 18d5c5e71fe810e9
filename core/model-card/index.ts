export { buildModelCard, type CardFacts, cardFactsOf } from './build';
export { missingParts } from './complete';
export type { ModelCardContent } from './content';
export { modelCardHtml } from './html';
