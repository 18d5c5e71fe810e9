import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EU_AI_ACT, type Pack, packProblems } from '../../../core/compliance';
import { CommandError, usageError } from '../errors';
import { EXIT } from '../exit-codes';

const BUILT_IN: readonly Pack[] = [EU_AI_ACT];

/** Names of the packs that come with the command. */
export const PACK_NAMES = BUILT_IN.map(({ id }) => id).join(', ');

/** A pack by its name, or of a file. @throws CommandError with all that is wrong with it */
export function packOf(named: string, cwd: string): Pack {
  const known = BUILT_IN.find(({ id }) => id === named);
  if (known) return known;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(resolve(cwd, named), 'utf8'));
  } catch (error) {
    throw usageError(
      `'${named}' is no pack: ${(error as Error).message}`,
      `There is ${PACK_NAMES}; else name a JSON file.`,
    );
  }
  requirePackShape(named, value);
  const pack = value as Pack;
  const problems = packProblems(pack);
  if (problems.length > 0) throw new CommandError(problems.join('\n'), { exitCode: EXIT.usage });
  return pack;
}

/** @throws CommandError where it is no pack, with all that is wrong */
function requirePackShape(file: string, value: unknown): void {
  const pack = value as { id?: unknown; title?: unknown; source?: unknown; edition?: unknown; sections?: unknown };
  const texts = ['id', 'title', 'source', 'edition'] as const;
  const missing = texts.filter((name) => typeof pack?.[name] !== 'string');
  const sections = Array.isArray(pack?.sections) ? pack.sections : undefined;
  const clauses = sections?.flatMap((section) => (Array.isArray(section?.clauses) ? section.clauses : [undefined]));
  const formed = (clause: { id?: unknown; asks?: unknown; proofs?: unknown } | undefined): boolean =>
    typeof clause?.id === 'string' && typeof clause.asks === 'string' && Array.isArray(clause.proofs);
  const problems = [
    ...missing.map((name) => `it has no text '${name}'`),
    ...(sections ? [] : ["it has no list 'sections'"]),
    ...(clauses && !clauses.every(formed) ? ["a clause lacks 'id', 'asks' or the list 'proofs'"] : []),
  ];
  if (problems.length > 0) {
    throw new CommandError(`${file} is no pack: ${problems.join('; ')}.`, {
      exitCode: EXIT.usage,
      hint: 'docs/compliance.md has an example of a pack.',
    });
  }
}
