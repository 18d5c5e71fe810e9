/** What routes of MLflow's API are made of. */
import type { Actor } from '../../lib/registry/contract';
import type { DocumentStore } from '../registry/store/documents';
import type { ArtifactBucket } from './artifact-bucket';
import type { Input } from './input';

/** With what records are read and changed. */
export interface Records {
  readonly store: DocumentStore;
  /** The verified identity of the request. */
  readonly actor: Actor;
  /** Root of the artefacts of new experiments, without a slash at its end. */
  readonly artifactRoot: string;
}

export interface Context extends Records {
  readonly artifacts: ArtifactBucket;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/api/2.0`; `{id}` stands for one part, `{path+}` for the rest. */
  readonly path: string;
  readonly act: (input: Input, context: Context, path: Readonly<Record<string, string>>) => Promise<unknown>;
}

/** An answer that leads elsewhere. */
export class Redirect {
  constructor(readonly location: string) {}
}

export const route = (method: Route['method'], path: string, act: Route['act']): Route => ({ method, path, act });
