import { SandboxError } from './errors';
import { run, tail } from './run';

export interface Interpreter {
  readonly executable: string;
  /** As `3.12.4`. */
  readonly version: string;
}

/** The oldest Python that the locked packages install on. */
export const MINIMUM_PYTHON = [3, 11] as const;

const CANDIDATES = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3', 'python'];
const PROBE = `
import sys
print("%d.%d.%d" % sys.version_info[:3])
print(sys.executable)
try:
    import venv, ensurepip
    print("venv")
except ImportError as error:
    print(error)
`;

type Found = { readonly interpreter: Interpreter; readonly fault?: string };

/**
 * The first of MLOPS_PYTHON, python3.14 … python3.11, python3, python that is new enough and can make virtual
 * environments. Where MLOPS_PYTHON is set, nothing else is tried.
 * @throws SandboxError that names each Python found and why it does not do.
 */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<Interpreter> {
  const candidates = env.MLOPS_PYTHON ? [env.MLOPS_PYTHON] : CANDIDATES;
  const faults: string[] = [];
  for (const candidate of candidates) {
    const found = await probe(candidate, env);
    if (found && !found.fault) return found.interpreter;
    if (found?.fault && !faults.includes(found.fault)) faults.push(found.fault);
  }
  const minimum = MINIMUM_PYTHON.join('.');
  const looked = env.MLOPS_PYTHON ? `MLOPS_PYTHON=${env.MLOPS_PYTHON}` : `${CANDIDATES.join(', ')} on PATH`;
  const why = faults.length > 0 ? faults.map((fault) => `\n  - ${fault}`).join('') : '\n  - none was found';
  throw new SandboxError(
    `The sandbox needs Python ${minimum} or newer, with venv. Looked for ${looked}:${why}\n` +
      `Install Python ${minimum} or newer, or set MLOPS_PYTHON to one that is not on PATH.`,
  );
}

async function probe(candidate: string, env: NodeJS.ProcessEnv): Promise<Found | undefined> {
  const probed = await run(candidate, ['-c', PROBE], { env, timeoutMs: 20_000 });
  if (probed.code === undefined) return undefined;
  const [version = '', executable = '', venv = ''] = probed.output.trim().split('\n');
  const parts = /^(\d+)\.(\d+)\.\d+$/.exec(version);
  if (!parts) return { interpreter: { executable: candidate, version: '' }, fault: brokenFault(candidate, probed) };
  const interpreter = { executable, version };
  const [major, minor] = [Number(parts[1]), Number(parts[2])];
  if (major < MINIMUM_PYTHON[0] || (major === MINIMUM_PYTHON[0] && minor < MINIMUM_PYTHON[1])) {
    return { interpreter, fault: `${executable} is Python ${version}, which is too old` };
  }
  if (venv.trim() !== 'venv') {
    const install = `install it, for instance with: apt install python${major}.${minor}-venv (or python3-venv)`;
    return { interpreter, fault: `${executable} is Python ${version} without venv (${venv.trim()}): ${install}` };
  }
  return { interpreter };
}

function brokenFault(candidate: string, probed: { readonly code?: number; readonly output: string }): string {
  return `${candidate} does not run (exit ${probed.code}): ${tail(probed.output, 1).trim()}`;
}
