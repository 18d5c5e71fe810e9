export { canonicalJson } from './canonical';
export { jsonText } from './json-text';
export { contentDigest, digestOf, digestStream, sha256 } from './sha256';
