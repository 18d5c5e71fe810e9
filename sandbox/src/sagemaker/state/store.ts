import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFull } from '../api/errors';
import type { Scope } from '../api/scope';

export type Kind =
  | 'training-job'
  | 'processing-job'
  | 'transform-job'
  | 'model'
  | 'endpoint-config'
  | 'endpoint'
  | 'model-package-group'
  | 'model-package';

export interface Tag {
  Key: string;
  Value: string;
}

/** One resource: what Describe answers, its tags, and what the server keeps for itself. */
export interface Resource {
  readonly kind: Kind;
  readonly name: string;
  readonly arn: string;
  readonly scope: Scope;
  /** The Describe answer; times are seconds since the epoch. */
  // biome-ignore lint/suspicious/noExplicitAny: the service model checks these shapes at run time
  describe: Record<string, any>;
  tags: Tag[];
  /** Not part of the API, for example the process of a running job. */
  internal: Record<string, unknown>;
}

/** Resources in memory, each mirrored by one JSON file that is replaced atomically. */
export class Store {
  private readonly resources = new Map<string, Resource>();
  private readonly writes = new Map<string, Promise<void>>();

  private constructor(private readonly dir: string) {}

  static async open(dir: string, log: (line: string) => void): Promise<Store> {
    await mkdir(dir, { recursive: true });
    const store = new Store(dir);
    for (const file of await readdir(dir)) {
      if (!file.endsWith('.json')) continue;
      try {
        const resource = JSON.parse(await readFile(join(dir, file), 'utf8')) as Resource;
        store.resources.set(keyOf(resource.kind, resource.scope, resource.name), resource);
      } catch (error) {
        log(`The state file ${join(dir, file)} is unreadable and was left out: ${String(error)}`);
      }
    }
    return store;
  }

  get(kind: Kind, scope: Scope, name: string): Resource | undefined {
    return this.resources.get(keyOf(kind, scope, name));
  }

  byArn(arn: string): Resource | undefined {
    return [...this.resources.values()].find((resource) => resource.arn === arn);
  }

  list(kind: Kind, scope?: Scope): Resource[] {
    return [...this.resources.values()].filter(
      (resource) =>
        resource.kind === kind &&
        (!scope || (resource.scope.region === scope.region && resource.scope.accountId === scope.accountId)),
    );
  }

  /**
   * Remembers the resource now and on disk once the returned promise is settled. A new one that can't be written is
   * forgotten again; of a known one the file keeps the state before.
   * @throws Error that names the resource and says why its state could not be written.
   */
  async put(resource: Resource): Promise<void> {
    const key = keyOf(resource.kind, resource.scope, resource.name);
    const isNew = !this.resources.has(key);
    this.resources.set(key, resource);
    try {
      await this.write(key, (path) => replaceFile(path, JSON.stringify(resource)));
    } catch (error) {
      if (isNew) this.resources.delete(key);
      throw new Error(`The state of ${resource.arn} could not be written: ${explainFull(error)}`, { cause: error });
    }
  }

  async delete(resource: Resource): Promise<void> {
    const key = keyOf(resource.kind, resource.scope, resource.name);
    this.resources.delete(key);
    await this.write(key, (path) => rm(path, { force: true }));
  }

  /** Settles when every write that was begun is on disk. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.writes.values());
  }

  // Writes of one resource follow each other, so that the last state is the one that stays.
  private write(key: string, action: (path: string) => Promise<void>): Promise<void> {
    const before = this.writes.get(key) ?? Promise.resolve();
    const write = before.catch(() => undefined).then(() => action(join(this.dir, fileOf(key))));
    this.writes.set(key, write);
    return write;
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

const keyOf = (kind: Kind, scope: Scope, name: string) => `${kind}.${scope.accountId}.${scope.region}.${name}`;

// Names may hold a slash, and may differ by case only, which some file systems do not tell apart.
const fileOf = (key: string) =>
  `${encodeURIComponent(key)}.${createHash('sha256').update(key).digest('hex').slice(0, 8)}.json`;

/** Now in seconds since the epoch, to the millisecond, as JSON 1.1 writes times. */
export const nowSeconds = () => Date.now() / 1000;
