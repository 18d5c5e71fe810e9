export { canonicalJson, type Json } from './canonical';
export { contentDigest, digestOf, digestStream, type FileDigest, sha256 } from './sha256';
