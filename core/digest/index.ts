export { canonicalJson } from './canonical';
export { contentDigest, digestOf, digestStream, sha256 } from './sha256';
