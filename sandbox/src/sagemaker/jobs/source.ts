import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scope } from '../api/scope';
import { parseS3Uri, type S3 } from '../aws/s3';
import { extractArchive } from '../inference/archive';
import { JobFailure } from './control';
import { containerText } from './environment';

/** The user's script, unpacked. */
export interface Source {
  /** Folder on this machine. */
  readonly dir: string;
  /** The same folder as the process sees it. */
  readonly optMlDir: string;
  readonly program: string;
}

const CODE = '/opt/ml/code';

/** Script mode when the hyperparameters (or the environment, in their upper-case form) name a program. */
export function scriptProgram(
  hyperparameters: Record<string, string>,
  environment: Record<string, string>,
): string | undefined {
  // As in the toolkit, the variable counts before the hyperparameter.
  return environment.SAGEMAKER_PROGRAM ?? containerText(hyperparameters.sagemaker_program);
}

/** Brings the source of a script-mode job to /opt/ml/code. */
export async function fetchSource(
  s3: S3,
  scope: Scope,
  folder: string,
  program: string,
  from: string | undefined,
): Promise<Source> {
  const dir = join(folder, 'code');
  await mkdir(dir, { recursive: true });
  if (from?.startsWith('s3://')) {
    const archive = join(folder, '.sourcedir.tar.gz');
    await s3.download(scope, parseS3Uri(from), archive);
    await extractArchive(archive, dir, from);
    await rm(archive);
  } else if (from) {
    await fromFolder(folder, from, dir);
  }
  const source = { dir, optMlDir: CODE, program };
  await stat(join(dir, program)).catch(async () => {
    const found = (await readdir(dir)).slice(0, 10).join(', ') || 'nothing';
    throw new JobFailure(
      `ClientError: the entry point '${program}' (sagemaker_program) is not in the source ` +
        `${from ?? CODE} (sagemaker_submit_directory), which holds ${found}.`,
    );
  });
  return source;
}

/** How a program is started: with a setup.py beside it as a package's module, by Python, or by itself. */
export async function kindOf({ dir, program }: Source): Promise<'package' | 'script' | 'command'> {
  if (program.endsWith('.sh')) return 'command';
  if (await stat(join(dir, 'setup.py')).catch(() => undefined)) return 'package';
  return program.endsWith('.py') ? 'script' : 'command';
}

// With network isolation the code arrives as a channel, so the directory is a path inside the container.
async function fromFolder(folder: string, from: string, dir: string): Promise<void> {
  const local = from.startsWith('/opt/ml/') ? join(folder, from.slice('/opt/ml/'.length)) : undefined;
  const found = local ? await stat(local).catch(() => undefined) : undefined;
  if (!local || !found) {
    throw new JobFailure(
      `ClientError: sagemaker_submit_directory '${from}' is neither an S3 URI nor a path that a channel provides ` +
        '(/opt/ml/input/data/<channel>/sourcedir.tar.gz).',
    );
  }
  if (!found.isDirectory()) return extractArchive(local, dir, from);
  const archive = join(local, 'sourcedir.tar.gz');
  if (await stat(archive).catch(() => undefined)) return extractArchive(archive, dir, `${from}/sourcedir.tar.gz`);
  await cp(local, dir, { recursive: true });
}
