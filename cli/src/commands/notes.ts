import { type Command, InvalidArgumentError } from 'commander';
import type { Noted } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { usageError } from '../errors';
import { fields, time } from '../format';
import { keyValue, modelRef, name } from '../options';
import type { Action } from '../program';
import type { NotesOf } from '../registry/client';

/** Parsers of what can be written on, to what the registry calls it. */
export const modelThing = (value: string): string => {
  const { model, version, alias } = modelRef(value);
  if (version !== undefined) return `version:${model}:${version}`;
  return alias === undefined ? `model:${model}` : `${model}@${alias}`;
};
export const dataThing = (value: string): string => {
  const [dataset = '', version, ...rest] = value.split('@');
  if (rest.length > 0 || (version !== undefined && !/^[1-9]\d{0,8}$/.test(version))) {
    throw new InvalidArgumentError('It must look like dataset or dataset@version.');
  }
  return version === undefined ? `dataset:${name(dataset)}` : `dataset:${name(dataset)}:${version}`;
};
export const runThing = (value: string): string => `run:${value}`;

interface TagFlags {
  readonly set?: Record<string, string>;
  readonly remove?: string[];
}

/** `describe`, `tag` and `comment`, which every kind of thing has; without anything to write they show what is there. */
export function registerNotes(
  group: Command,
  action: Action,
  argument: readonly [flags: string, description: string],
  parse: (value: string) => string,
): void {
  const add = (verb: string, description: string) =>
    group
      .command(verb)
      .description(description)
      .argument(...argument, parse);
  add('describe', 'write what it is, or show it')
    .argument('[text]', 'the description; an empty one takes it away')
    .action(action(describe));
  add('tag', 'set and remove tags, or show them')
    .option('--set <key=value>', 'may be given several times', keyValue)
    .option('--remove <key>', 'may be given several times', (value: string, before: string[] = []) => [
      ...before,
      value,
    ])
    .action(action(tag));
  add('comment', 'comment on it, or show the comments').argument('[text]', 'the comment').action(action(comment));
}

async function describe(context: Context, thing: string, text: string | undefined): Promise<void> {
  if (text === undefined) return show(context, thing);
  return write(context, thing, { description: text.trim() === '' ? null : text });
}

async function tag(context: Context, thing: string, { set = {}, remove = [] }: TagFlags): Promise<void> {
  const twice = remove.filter((key) => key in set);
  if (twice.length > 0) throw usageError(`A tag is either set or removed: ${twice.join(', ')}.`);
  const tags = { ...set, ...Object.fromEntries(remove.map((key) => [key, null])) };
  return Object.keys(tags).length === 0 ? show(context, thing) : write(context, thing, { tags });
}

async function comment(context: Context, thing: string, text: string | undefined): Promise<void> {
  return text === undefined ? show(context, thing) : write(context, thing, { comment: text });
}

async function write(context: Context, thing: string, notes: object): Promise<void> {
  const registry = await (await context.session()).registry();
  await registry.annotate(thing, notes);
  return show(context, thing);
}

async function show(context: Context, thing: string): Promise<void> {
  const notes = await (await (await context.session()).registry()).notes(thing);
  context.out.result(notes, () => notesText(notes) || 'Nothing is written on it.');
}

const notesText = (notes: NotesOf): string =>
  [
    noteFields(notes),
    ...notes.comments.map(({ at, by, text }) => `${time(at)}  ${by.id}\n  ${text.replaceAll('\n', '\n  ')}`),
  ]
    .filter((part) => part !== '')
    .join('\n\n');

/** Description, tags and hold as lines of `fields`, with who wrote them. */
export function noteFields({ description, tags = {}, hold }: Noted): string {
  const by = (note: { readonly text: string; readonly by: { readonly id: string }; readonly at: string } | undefined) =>
    note && `${note.text}  (${note.by.id}, ${time(note.at)})`;
  return fields([
    ['description', by(description)],
    ['on hold', by(hold)],
    ...Object.entries(tags)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, note]) => [`tag ${key}`, by(note)] as const),
  ]);
}
