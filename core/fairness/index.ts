export { type GroupBias, measureBias } from './analysis';
export { type BiasCells, countCells, defaultFacets, measureCells } from './cells';
export { type ClarifyAnalysis, toClarifyAnalysis } from './clarify';
export { type Facet, FacetError, parseFacet } from './facets';
export { type BiasBound, type BiasVerdict, boundProblem, judgeBias } from './judge';
export { type BiasColumns, readBiasRows } from './read';
