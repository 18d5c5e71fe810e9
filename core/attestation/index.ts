export { differencesFrom } from './compare';
export { type Envelope, openEnvelope, type Signer, STATEMENT_TYPE, sealEnvelope } from './envelope';
export { AttestationError } from './errors';
export { preAuthEncoding } from './pae';
export { readPublicKey, toPem, type VerificationKey } from './public-key';
export {
  ATTESTATION,
  asVersionStatement,
  versionStatement,
} from './version-statement';
