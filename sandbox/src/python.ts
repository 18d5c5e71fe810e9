import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxError } from './errors';
import { knownPython } from './known-python';
import { withLock } from './lock';
import { cacheDir, PACKAGE_DIR } from './paths';
import type { Interpreter } from './python-interpreter';
import { run, tail } from './run';

export interface PythonProgress {
  readonly step: string;
  /** Packages installed so far, and in all; absent where a step has no count. */
  readonly done?: number;
  readonly total?: number;
}

export interface EnsurePythonOptions {
  readonly log?: (line: string) => void;
  readonly progress?: (progress: PythonProgress) => void;
  readonly env?: NodeJS.ProcessEnv;
}

export interface PythonEnvironment {
  /** The private environment's interpreter. */
  readonly python: string;
  readonly sitePackages: string;
}

const MARKER = 'installed.json';
/** Says that the packages' bytecode is there: without it each job would compile what it imports, for seconds. */
const COMPILED = 'compiled';

/**
 * The private Python environment that runs MiniStack and the jobs' scripts: made on first use from the hash-locked
 * requirements, shared by all projects of this user, never changed afterwards. A complete environment appears under its
 * final name in one rename, so an interrupted or concurrent installation never leaves a half-filled one behind.
 * @throws SandboxError where Python is missing, too old or without venv, or where a package does not install.
 */
export async function ensurePython(options: EnsurePythonOptions = {}): Promise<PythonEnvironment> {
  return ensureEnvironment('requirements.txt', options);
}

/** The Python environment of the repository's own checks, made in the same way: run its tools by `python -m`. */
export async function ensureDevPython(options: EnsurePythonOptions = {}): Promise<PythonEnvironment> {
  return ensureEnvironment('requirements-dev.txt', options);
}

async function ensureEnvironment(file: string, options: EnsurePythonOptions): Promise<PythonEnvironment> {
  const env = options.env ?? process.env;
  const requirements = join(PACKAGE_DIR, 'python', file);
  const interpreter = await knownPython(env);
  const digest = createHash('sha256')
    .update(readFileSync(requirements))
    .update(`${interpreter.version} ${interpreter.executable} ${process.platform} ${process.arch}`)
    .digest('hex')
    .slice(0, 16);
  const parent = join(cacheDir(env), 'python');
  const target = join(parent, digest);
  const isThere = (marker: string) => existsSync(join(target, marker));
  if (!isThere(MARKER) || !isThere(COMPILED)) {
    await mkdir(parent, { recursive: true });
    await withLock(`${target}.lock`, async () => {
      if (!isThere(MARKER)) await install({ interpreter, requirements, target, options });
      if (!isThere(COMPILED)) await compile(target, options);
    });
  }
  return locate(target);
}

interface Installation {
  readonly interpreter: Interpreter;
  readonly requirements: string;
  readonly target: string;
  readonly options: EnsurePythonOptions;
}

async function install({ interpreter, requirements, target, options }: Installation): Promise<void> {
  const staging = mkdtempSync(`${target}.`);
  try {
    options.progress?.({ step: 'Creating a private Python environment' });
    await createVenv(interpreter, staging);
    await installPackages(join(staging, 'bin', 'python'), requirements, options);
    writeFileSync(join(staging, MARKER), JSON.stringify({ python: interpreter.version }));
    rmSync(target, { recursive: true, force: true });
    renameSync(staging, target);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function createVenv(interpreter: Interpreter, folder: string): Promise<void> {
  const made = await run(interpreter.executable, ['-m', 'venv', folder]);
  if (made.code === 0) return;
  throw new SandboxError(
    `Python ${interpreter.version} (${interpreter.executable}) could not make a virtual environment:\n${tail(made.output)}`,
  );
}

async function installPackages(python: string, requirements: string, options: EnsurePythonOptions): Promise<void> {
  const total = countPackages(readFileSync(requirements, 'utf8'));
  let done = 0;
  const onLine = (line: string) => {
    options.log?.(line);
    if (/^(Collecting|Installing collected packages)/.test(line)) {
      done = line.startsWith('Collecting') ? Math.min(done + 1, total) : total;
      options.progress?.({
        step: done < total ? 'Fetching Python packages' : 'Installing Python packages',
        done,
        total,
      });
    }
  };
  const pip = ['-m', 'pip', 'install', '--no-compile', '--no-deps', '--require-hashes', '--only-binary', ':all:'];
  const flags = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off'];
  const installed = await run(python, [...pip, ...flags, '-r', requirements], { onLine });
  if (installed.code !== 0) {
    throw new SandboxError(
      `The sandbox's Python packages could not be installed (pip exited ${installed.code}):\n${tail(installed.output)}\n` +
        'They are fetched once, through pip and its configuration: check the network, proxy and index settings.',
    );
  }
}

/** Compiles what is imported; sources that no Python of this version reads, in tests of packages, are left as they are. */
async function compile(target: string, options: EnsurePythonOptions): Promise<void> {
  const { python, sitePackages } = locate(target);
  options.progress?.({ step: 'Compiling Python packages' });
  await run(python, ['-m', 'compileall', '-q', '-j', '0', '-x', '/tests?/', sitePackages]);
  writeFileSync(join(target, COMPILED), '');
}

/** The packages that requirements name for some Python: those that a marker excludes here are counted too. */
export function countPackages(requirements: string): number {
  const names = requirements.split('\n').flatMap((line) => /^([A-Za-z0-9._-]+)==/.exec(line)?.[1] ?? []);
  return new Set(names).size;
}

function sitePackages(python: string): string {
  const lib = join(python, '..', '..', 'lib');
  const version = readdirSync(lib).find((folder) => /^python3\.\d+$/.test(folder));
  if (!version) throw new SandboxError(`${lib} holds no Python library: delete this environment and start again.`);
  return join(lib, version, 'site-packages');
}

function locate(target: string): PythonEnvironment {
  const python = join(target, 'bin', 'python');
  return { python, sitePackages: sitePackages(python) };
}
