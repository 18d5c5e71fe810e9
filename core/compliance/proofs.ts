import type { Proof } from './proof';
import { MODEL_PROOFS } from './proofs-of-model';
import { PROCESS_PROOFS } from './proofs-of-process';

/** Everything that this system can show of a version, by name. */
export const PROOFS: ReadonlyMap<string, Proof> = new Map(
  [...MODEL_PROOFS, ...PROCESS_PROOFS].map((proof) => [proof.name, proof]),
);
