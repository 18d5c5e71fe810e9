import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { runtimeFile } from '../runtimes';
import { JobFailure } from './control';

const exec = promisify(execFile);
/** Installations under way, by digest: two jobs with the same requirements wait for one. */
const installing = new Map<string, Promise<string>>();

export interface RequirementsJob {
  readonly python: string;
  readonly cacheDir: string;
  /** Folder of the source; relative lines such as `--find-links wheels` are read from here. */
  readonly sourceDir: string;
  /** Installs from the source's own files only, as a container without network would. */
  readonly offline: boolean;
  readonly onLine: (line: string) => void;
}

/**
 * The Python to run the source with: the sandbox's own where it already satisfies requirements.txt, else one of a
 * virtual environment that adds what is missing, cached by the file's digest.
 */
export async function pythonFor(job: RequirementsJob): Promise<string> {
  const file = join(job.sourceDir, 'requirements.txt');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (!text?.split('\n').some((line) => line.trim() && !line.trim().startsWith('#'))) return job.python;
  const digest = createHash('sha256').update(`${job.python}\n${job.offline}\n${text}`).digest('hex').slice(0, 32);
  let installation = installing.get(digest);
  if (!installation) {
    installation = install(job, file, join(job.cacheDir, digest)).finally(() => installing.delete(digest));
    installing.set(digest, installation);
  }
  return installation;
}

async function install(job: RequirementsJob, file: string, dir: string): Promise<string> {
  const done = await readFile(join(dir, 'python'), 'utf8').catch(() => undefined);
  if (done) return done;
  const missing = await missingRequirements(job.python, file);
  if (missing.length === 0) return remember(dir, job.python);
  job.onLine(`[sandbox] Installing ${missing.join(', ')} of requirements.txt; later jobs find them cached.`);
  const building = `${dir}.new`;
  await rm(building, { recursive: true, force: true });
  await rm(dir, { recursive: true, force: true });
  const { stdout } = await exec(job.python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  await exec(job.python, ['-m', 'venv', '--without-pip', building]);
  const python = join(building, 'bin', 'python');
  const own = await exec(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  await writeFile(join(own.stdout.trim(), 'sandbox.pth'), `${stdout.trim()}\n`);
  await exec(python, [runtimeFile('requirements.py'), '--stand-ins', own.stdout.trim()]);
  await pipInstall(job, python, file, missing);
  // A virtual environment may be moved: its python finds pyvenv.cfg beside itself.
  await rename(building, dir);
  return remember(dir, join(dir, 'bin', 'python'));
}

async function remember(dir: string, python: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'python'), python);
  return python;
}

/** The lines of a requirements file that the Python does not satisfy; options and URLs count as missing. */
async function missingRequirements(python: string, file: string): Promise<string[]> {
  const { stdout } = await exec(python, [runtimeFile('requirements.py'), file]).catch((error) => {
    throw new JobFailure(`AlgorithmError: requirements.txt cannot be read: ${error.stderr || error.message}`, 1);
  });
  return JSON.parse(stdout) as string[];
}

async function pipInstall(job: RequirementsJob, python: string, file: string, missing: string[]): Promise<void> {
  const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  const pip = spawn(python, [...args, ...(job.offline ? ['--no-index'] : []), '-r', file], {
    cwd: dirname(file),
    env: pipEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  const read = (stream: NodeJS.ReadableStream) =>
    createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith('ERROR:')) errors.push(line.slice('ERROR:'.length).trim());
      if (!line.startsWith('Requirement already satisfied')) job.onLine(line);
    });
  read(pip.stdout);
  read(pip.stderr);
  const code = await new Promise<number>((resolve) => {
    pip.once('error', () => resolve(127));
    pip.once('close', (status) => resolve(status ?? 1));
  });
  if (code === 0) return;
  const why = job.offline
    ? '. Network isolation lets pip reach no index, here as on AWS: put the wheels into the source and --find-links in requirements.txt, or turn isolation off'
    : '';
  throw new JobFailure(
    `AlgorithmError: InstallRequirementsError: ${missing.join(', ')} could not be installed: ${(errors[0] ?? 'pip failed').replace(/\.$/, '')}${why}, exit code: 1`,
    1,
  );
}

// pip is run for the user on the host, so the host's proxy, index and certificates apply, and nothing else.
function pipEnvironment(): Record<string, string> {
  const wanted = /^(PATH|HOME|LANG|TMPDIR|PIP_.*|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE)$/i;
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => wanted.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}
