import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePython } from 'cdk-mlops-sandbox';
import { inject } from 'vitest';

const FIXTURES = join(__dirname, '../fixtures');
const EXAMPLE = join(__dirname, '../../../examples/healthcare');

/** A new folder beside the sandbox's state, which goes with it. */
const folder = (): Promise<string> => mkdtemp(join(inject('sandbox').stateDir, 'flow-'));

/** Writes a file, and answers its path. */
export async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(await folder(), name);
  await writeFile(path, content);
  return path;
}

export const HEADER = 'sick,pulse,heat';

/**
 * Rows of the tiny data as text, by number: sick ones have a higher pulse and heat, with overlap.
 * @param seed makes the content another one
 */
export function rows(count: number, seed = 1): string[] {
  return Array.from({ length: count }, (_, index) => {
    const sick = index % 2;
    const noise = (factor: number) => ((index * factor + seed * 31) % 17) / 17;
    return `${sick},${(70 + 20 * sick + 30 * noise(7)).toFixed(2)},${(36 + 2 * sick + 3 * noise(5)).toFixed(2)}`;
  });
}

/** The tiny data as CSV. */
export const csv = (lines: readonly string[], header = HEADER): string => `${[header, ...lines].join('\n')}\n`;

export const tinyData = (seed = 1): Promise<string> => file('tiny.csv', csv(rows(120, seed)));

/** The tiny model's source with a fault's files over it; what the fault replaces stays importable as `learn.py`. */
export async function sourceWith(fault: string): Promise<string> {
  const path = await folder();
  await cp(join(FIXTURES, 'tiny'), path, { recursive: true });
  await cp(join(FIXTURES, 'tiny/train.py'), join(path, 'learn.py'));
  await cp(join(FIXTURES, 'faults', fault), path, { recursive: true });
  return path;
}

/** The example's real data, with two columns of made-up people at the end: whom to write to, and whom a row is about. */
export async function breastCancer(): Promise<string> {
  const path = join(await folder(), 'breast-cancer.csv');
  const { python } = await ensurePython();
  await promisify(execFile)(python, [join(EXAMPLE, 'data.py'), path]);
  const [header, ...lines] = (await readFile(path, 'utf8')).trim().split('\n');
  const people = lines.map((line, at) => `${line},p${at}@example.org,p${at}`);
  await writeFile(path, csv(people, `${header},contact,patient`));
  return path;
}
