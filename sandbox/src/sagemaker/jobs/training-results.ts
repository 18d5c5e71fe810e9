import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tar from 'tar';
import { filesIn, joinS3 } from '../aws/s3';
import type { Resource } from '../state/store';
import type { JobRun } from './lifecycle';
import type { Trainee } from './trainee';

/** AWS keeps about so much of a failure file. */
const FAILURE_CHARS = 900;

const outputUri = ({ describe, name }: Resource) => joinS3(describe.OutputDataConfig.S3OutputPath, name, 'output');
const isCompressed = ({ describe }: Resource) => describe.OutputDataConfig.CompressionType !== 'NONE';

/** Where a job's model lies: an archive, or for an uncompressed one a prefix. */
export const modelArtifacts = (resource: Resource) =>
  isCompressed(resource) ? joinS3(outputUri(resource), 'model.tar.gz') : joinS3(outputUri(resource), 'model', '');

/** The failure file's text, or for a script that wrote none the end of its output. */
export async function failureText(
  file: string,
  code: number,
  command: readonly string[],
  tail: readonly string[],
): Promise<string> {
  const written = await readFile(file, 'utf8').catch(() => '');
  if (written.trim()) return `AlgorithmError: ${written.trim().slice(0, FAILURE_CHARS)}, exit code: ${code}`;
  const said = tail.filter((line) => !line.startsWith('[sandbox]')).join('\n');
  const shown = ['python3', ...command.slice(1)].join(' ').slice(0, 200);
  const reason = `ExecuteUserScriptError:\nExitCode ${code}\nErrorMessage "${said.slice(-500)}"\nCommand "${shown}"`;
  return `AlgorithmError: ${reason}, exit code: ${code}`;
}

/**
 * Uploads what the instances wrote, put together: the model (an empty archive where there is none, as on AWS) and the
 * other output where there is some.
 */
export async function uploadResults(
  job: JobRun,
  trainees: readonly Trainee[],
  { outputOnly = false } = {},
): Promise<void> {
  const { resource } = job;
  const model = await merged(job, trainees, 'model');
  const hasModel = (await filesIn(model)).length > 0;
  // A job that was stopped before it wrote a model has none to upload.
  if (!outputOnly && (hasModel || !job.control.stopReason)) {
    await uploadFolder(job, model, 'model', 'model.tar.gz');
    if (!hasModel) {
      job.log(trainees[0]!.host.name).line('[sandbox] The script wrote nothing to SM_MODEL_DIR: the model is empty.');
    }
  }
  const output = await merged(job, trainees, join('output', 'data'));
  if ((await filesIn(output)).length > 0) await uploadFolder(job, output, 'data', 'output.tar.gz');
  async function uploadFolder({ context, folder }: JobRun, dir: string, prefix: string, archive: string) {
    const key = resource.describe.OutputDataConfig.KmsKeyId || undefined;
    if (!isCompressed(resource)) {
      await context.s3.uploadFolder(resource.scope, dir, joinS3(outputUri(resource), prefix), key);
      return;
    }
    const file = join(folder, '.upload.tar.gz');
    // A leading @ would make tar include another archive.
    const entries = (await readdir(dir)).map((name) => (name.startsWith('@') ? `./${name}` : name));
    // tar refuses an empty list; the folder itself makes an archive without files.
    await tar.create({ gzip: true, file, cwd: dir, portable: true }, entries.length > 0 ? entries : ['.']);
    await context.s3.upload(resource.scope, file, joinS3(outputUri(resource), archive), key);
    await rm(file, { force: true });
  }
}

/** One folder with what every instance wrote; where two wrote the same file, the first instance's stays. */
async function merged(job: JobRun, trainees: readonly Trainee[], path: string): Promise<string> {
  const [first, ...others] = trainees.map(({ folder }) => join(folder, path));
  await mkdir(first!, { recursive: true });
  for (const other of others) {
    await cp(other, first!, { recursive: true, force: false, verbatimSymlinks: true }).catch((error) => {
      if (error.code !== 'ENOENT') job.context.log(`Output of ${job.resource.name}: ${String(error)}`);
    });
  }
  return first!;
}
