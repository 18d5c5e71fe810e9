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
  /** The resources of one kind in one account and region, in the order in which they came. */
  private readonly shelves = new Map<string, Map<string, Resource>>();
  private readonly arns = new Map<string, Resource>();
  private readonly writes = new Map<string, Promise<void>>();

  private constructor(private readonly dir: string) {}

  static async open(dir: string, log: (line: string) => void): Promise<Store> {
    await mkdir(dir, { recursive: true });
    const store = new Store(dir);
    const found: Resource[] = [];
    for (const file of await readdir(dir)) {
      // What a killed server had not finished to write; the file that it was to replace still stands.
      if (file.endsWith('.tmp')) await rm(join(dir, file), { force: true });
      if (!file.endsWith('.json')) continue;
      try {
        found.push(checked(JSON.parse(await readFile(join(dir, file), 'utf8'))));
      } catch (error) {
        log(`The state file ${join(dir, file)} is unreadable and was left out: ${String(error)}`);
      }
    }
    const created = ({ describe }: Resource) => Number(describe.CreationTime ?? 0);
    for (const resource of found.sort((a, b) => created(a) - created(b))) store.add(resource);
    return store;
  }

  get(kind: Kind, scope: Scope, name: string): Resource | undefined {
    return this.resources.get(keyOf(kind, scope, name));
  }

  byArn(arn: string): Resource | undefined {
    return this.arns.get(arn);
  }

  list(kind: Kind, scope?: Scope): Resource[] {
    if (scope) return [...(this.shelves.get(shelfOf(kind, scope))?.values() ?? [])];
    return [...this.resources.values()].filter((resource) => resource.kind === kind);
  }

  count(kind: Kind, scope: Scope): number {
    return this.shelves.get(shelfOf(kind, scope))?.size ?? 0;
  }

  /**
   * Remembers the resource now and on disk once the returned promise is settled. A new one that can't be written is
   * forgotten again; of a known one the file keeps the state before.
   * @throws Error that names the resource and says why its state could not be written.
   */
  async put(resource: Resource): Promise<void> {
    const key = keyOf(resource.kind, resource.scope, resource.name);
    const isNew = !this.resources.has(key);
    this.add(resource);
    try {
      await this.write(key, (path) => replaceFile(path, JSON.stringify(resource)));
    } catch (error) {
      if (isNew) this.remove(resource);
      throw new Error(`The state of ${resource.arn} could not be written: ${explainFull(error)}`, { cause: error });
    }
  }

  async delete(resource: Resource): Promise<void> {
    this.remove(resource);
    await this.write(keyOf(resource.kind, resource.scope, resource.name), (path) => rm(path, { force: true }));
  }

  /** Settles when every write that was begun is on disk. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.writes.values());
  }

  private add(resource: Resource): void {
    const { kind, scope, name, arn } = resource;
    const shelf = this.shelves.get(shelfOf(kind, scope)) ?? new Map<string, Resource>();
    this.shelves.set(shelfOf(kind, scope), shelf.set(name, resource));
    this.resources.set(keyOf(kind, scope, name), resource);
    this.arns.set(arn, resource);
  }

  private remove({ kind, scope, name, arn }: Resource): void {
    this.shelves.get(shelfOf(kind, scope))?.delete(name);
    this.resources.delete(keyOf(kind, scope, name));
    this.arns.delete(arn);
  }

  // Writes of one resource follow each other, so that the last state is the one that stays.
  private write(key: string, action: (path: string) => Promise<void>): Promise<void> {
    const before = this.writes.get(key) ?? Promise.resolve();
    const write = before.catch(() => undefined).then(() => action(join(this.dir, fileOf(key))));
    this.writes.set(key, write);
    const done = () => {
      if (this.writes.get(key) === write) this.writes.delete(key);
    };
    write.then(done, done);
    return write;
  }
}

/** A file that is whole but holds something else is as unreadable as one that was cut short. */
function checked(value: unknown): Resource {
  const { kind, name, arn, scope, describe, tags, internal } = (value ?? {}) as Partial<Resource>;
  if (!kind || !name || !arn || !scope || !describe || !tags || !internal) throw new Error('it holds no resource');
  return value as Resource;
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

const shelfOf = (kind: Kind, scope: Scope) => `${kind}.${scope.accountId}.${scope.region}`;
const keyOf = (kind: Kind, scope: Scope, name: string) => `${kind}.${scope.accountId}.${scope.region}.${name}`;

// Names may hold a slash, and may differ by case only, which some file systems do not tell apart.
const fileOf = (key: string) =>
  `${encodeURIComponent(key)}.${createHash('sha256').update(key).digest('hex').slice(0, 8)}.json`;

/** Now in seconds since the epoch, to the millisecond, as JSON 1.1 writes times. */
export const nowSeconds = () => Date.now() / 1000;
