import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir } from './paths';
import { findPython, type Interpreter } from './python-interpreter';

interface Remembered extends Interpreter {
  /** Of the settings by which it was found. */
  readonly key: string;
  readonly modified: number;
}

/**
 * The interpreter that was found last by the same settings, while its program is the same file: to ask each candidate takes
 * a third of a start where they are shims. Else it is looked for, and remembered.
 */
export async function knownPython(env: NodeJS.ProcessEnv): Promise<Interpreter> {
  const file = join(cacheDir(env), 'python', 'interpreter.json');
  const key = createHash('sha256').update(`${env.MLOPS_PYTHON}\n${env.PATH}`).digest('hex');
  const remembered = read(file);
  if (remembered?.key === key && modifiedAt(remembered.executable) === remembered.modified) return remembered;
  const { executable, version } = await findPython(env);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ key, executable, version, modified: modifiedAt(executable) }));
  } catch {
    // A cache that can't be written costs time alone.
  }
  return { executable, version };
}

function read(file: string): Remembered | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Remembered;
  } catch {
    return undefined;
  }
}

function modifiedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
