import { sha256 } from '../digest';

/** What keys, paths and URLs hold as it is. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * Name of the chain of a model or dataset. A name that keys and paths can't hold (MLflow takes nearly any) goes by its
 * digest; the entries have it as it is.
 */
export const chainOf = (kind: 'model' | 'dataset', name: string): string =>
  `${kind}:${PLAIN.test(name) ? name : `~${sha256(name)}`}`;
