export { attribute, attributeRows } from './attribute';
export { attributionGroups } from './card';
export { ExplainError, type Explanation, explain } from './report';
export { type FeatureShare, sharesOf } from './shares';
export { contributionsOf, pointsOf, type Walk } from './walks';
