import {
  type Actor,
  CHANGE,
  type CommentRecord,
  type ModelRecord,
  type Note,
  type Noted,
  type UploadRecord,
} from '../../../lib/registry/contract';
import { Conflict, InvalidInput, NotFound } from '../../shared/errors';
import { checkName, same } from './base';
import { both, type Condition, type Item, PRESENT, put, remove, update } from './items';
import {
  aliasKey,
  commentKey,
  commentPrefix,
  datasetKey,
  datasetVersionKey,
  type Key,
  modelKey,
  runKey,
  uploadKey,
  versionKey,
} from './keys';
import { LineageStore } from './lineage';
import type { ExistingPrefix } from './types';
import { CHAMPION, pointsAt } from './versions';

/** What to write on a thing; null takes away, undefined leaves as it is. */
export interface NoteChanges {
  readonly description?: string | null;
  readonly tags?: Readonly<Record<string, string | null>>;
  readonly comment?: string;
  readonly hold?: string | null;
  /** Of models only. */
  readonly validator?: string | null;
  readonly nextReview?: string | null;
  readonly retired?: string | null;
}

/** What is written on a thing. */
export interface NotesOf extends Noted {
  /** Newest first, 50 at the most. */
  readonly comments: readonly CommentRecord[];
}

const MAX_TAGS = 50;
const TEXTS = ['description', 'hold', 'validator', 'nextReview', 'retired'] as const;
const OF_MODELS = ['validator', 'nextReview', 'retired'] as const;

/** Descriptions, tags, comments, holds, and a model's oversight: each with who wrote it, and when. */
export abstract class NotesStore extends LineageStore {
  /**
   * Writes on a thing, all at once: `model:<m>`, `dataset:<d>`, or a node `version:…`, `dataset:…`, `run:…`.
   * What is there already stays, with who wrote it first.
   */
  async annotate(thing: string, changes: NoteChanges, actor: Actor): Promise<Noted> {
    const { key, subject } = addressOf(thing);
    refuseOfModels(thing, changes);
    return this.attempt(['thing'], async () => {
      const before = await this.require(thing, key);
      const note = (text: string): Note => ({ text, by: actor, at: this.table.time() });
      const { set, removed, told } = differences(before, changes, note);
      if (changes.validator && same(fold(before.owner as string), fold(changes.validator))) {
        throw new InvalidInput(`'${changes.validator}' owns the model and can't validate it independently.`);
      }
      if (changes.comment !== undefined) told.push('comment');
      if (told.length === 0) return notesIn(before);
      const revision = (before.noted as number | undefined) ?? 0;
      const parts = { set: { ...set, noted: revision + 1 }, remove: removed };
      const status = changes.retired === undefined ? undefined : changes.retired === null ? 'ACTIVE' : 'RETIRED';
      const { comment } = changes;
      await this.table.write([
        update('thing', key, parts, both(PRESENT, unchangedSince(revision))),
        ...(comment === undefined ? [] : [this.commentOn(key, note(comment))]),
        this.change(
          CHANGE.notesChanged,
          actor,
          { ...subject, ...modelOf(before), status, reason: told.join('; ') },
          {
            before: pick(before, [...Object.keys(set), ...removed]),
            after: comment === undefined ? set : { ...set, comment },
          },
        ),
      ]);
      return notesIn({
        ...Object.fromEntries(Object.entries(before).filter(([name]) => !removed.includes(name))),
        ...set,
      });
    });
  }

  /** Takes an alias away; false where there is none. The champion stays: only a promotion moves it. */
  async removeAlias(model: string, alias: string, actor: Actor): Promise<boolean> {
    if (alias === CHAMPION) throw new InvalidInput(`The alias '${CHAMPION}' moves only by a release, and stays.`);
    return this.attempt(['alias'], async () => {
      const before = await this.getAlias(model, alias);
      if (!before) return false;
      await this.table.write([
        remove('alias', aliasKey(model, alias), pointsAt(before.version)),
        this.change(
          CHANGE.aliasChanged,
          actor,
          { model, alias, version: before.version, status: 'REMOVED' },
          { before },
        ),
      ]);
      return true;
    });
  }

  /** A version is to be made of what lies below a prefix already, where it lies; for one `onceKey` once. */
  async registerPrefix({ onceKey, ...input }: ExistingPrefix, actor: Actor): Promise<UploadRecord> {
    checkName('dataset', input.dataset);
    const { dataset } = input;
    const once = onceKey === undefined ? undefined : this.onceKey(`prefix#${dataset}`, onceKey);
    return this.attempt(['once'], () => this.recordPrefix(input, actor, once));
  }

  private async recordPrefix(
    input: Omit<ExistingPrefix, 'onceKey'>,
    actor: Actor,
    once: Key | undefined,
  ): Promise<UploadRecord> {
    const { dataset } = input;
    const before = await this.madeBefore(once);
    if (before) return (await this.getUpload(dataset, before))!;
    const uploadId = this.newId('existing');
    const times = { createdBy: actor, createdAt: this.table.time() };
    const record: UploadRecord = { ...input, uploadId, status: 'COMPLETED', existing: true, ...times };
    await this.table.write([
      put('upload', uploadKey(dataset, uploadId), record),
      ...(once ? [this.once(once, uploadId)] : []),
      this.change(CHANGE.uploadCompleted, actor, { dataset, uploadId, status: record.status }),
    ]);
    return record;
  }

  async notesOf(thing: string): Promise<NotesOf> {
    const { key } = addressOf(thing);
    const range = { pk: key.PK, prefix: commentPrefix(key), backwards: true };
    const [item, comments] = await Promise.all([
      this.require(thing, key),
      this.table.pageOf<CommentRecord>(range, { limit: 50 }),
    ]);
    return { ...notesIn(item), comments: comments.items };
  }

  private commentOn(key: Key, note: Note) {
    const record: CommentRecord = { ...note, commentId: this.newId('comment') };
    return put('comment', commentKey(key, record.at, record.commentId), record);
  }

  private async require(thing: string, key: Key): Promise<Item> {
    const item = await this.table.get(key);
    if (item) return item;
    throw new NotFound(`The registry has no ${thing}.`);
  }
}

type Address = { readonly key: Key; readonly subject: Record<string, string | number> };

function addressOf(thing: string): Address {
  const [kind, name = '', number] = thing.split(':');
  const version = Number(number);
  if (kind === 'model') return { key: modelKey(name), subject: { model: name } };
  if (kind === 'version') return { key: versionKey(name, version), subject: { model: name, version } };
  if (kind === 'run') return { key: runKey(name), subject: { runId: name } };
  if (kind === 'dataset' && number)
    return { key: datasetVersionKey(name, version), subject: { dataset: name, version } };
  if (kind === 'dataset') return { key: datasetKey(name), subject: { dataset: name } };
  throw new InvalidInput(`Nothing can be written on '${thing}': on models, versions, datasets and runs only.`);
}

function refuseOfModels(thing: string, changes: NoteChanges): void {
  const wrong = OF_MODELS.filter((name) => changes[name] !== undefined);
  if (thing.startsWith('model:') || wrong.length === 0) return;
  throw new InvalidInput(`Only a model has ${wrong.join(', ')}; ${thing} is none.`);
}

function differences(before: Item, changes: NoteChanges, note: (text: string) => Note) {
  const set: Record<string, unknown> = {};
  const removed: string[] = [];
  const told: string[] = [];
  for (const name of TEXTS) {
    const [is, wanted] = [(before[name] as Note | undefined)?.text, changes[name]];
    if (wanted === undefined || is === (wanted ?? undefined)) continue;
    if (wanted === null) removed.push(name);
    else set[name] = note(wanted);
    told.push(wanted === null ? `${name} removed` : `${name}: ${wanted}`);
  }
  const tags = { ...(before.tags as Noted['tags']) };
  const changed = Object.entries(changes.tags ?? {}).filter(([key, text]) => tags[key]?.text !== (text ?? undefined));
  for (const [key, text] of changed) {
    if (text === null) delete tags[key];
    else tags[key] = note(text);
    told.push(text === null ? `tag ${key} removed` : `tag ${key}=${text}`);
  }
  if (changed.length > 0) set.tags = tags;
  const count = Object.keys(tags).length;
  if (count > MAX_TAGS) throw new Conflict(`A thing has at most ${MAX_TAGS} tags; these would be ${count}.`);
  return { set, removed, told };
}

const notesIn = (item: Item): Noted & Partial<ModelRecord> =>
  Object.fromEntries([...TEXTS, 'tags'].filter((name) => item[name] !== undefined).map((name) => [name, item[name]]));

/** The model of a run: what is written on the run is of the model's chain. */
const modelOf = ({ runId, model }: Item): { readonly model?: string } => (runId ? { model: model as string } : {});

const pick = (item: Item, names: readonly string[]): Item =>
  Object.fromEntries(names.filter((name) => item[name] !== undefined).map((name) => [name, item[name]]));

const unchangedSince = (revision: number): Condition =>
  revision === 0
    ? { text: 'attribute_not_exists(#noted)' }
    : { text: '#noted = :noted', values: { ':noted': revision } };

const fold = (text: string): string => text.trim().toLowerCase();
