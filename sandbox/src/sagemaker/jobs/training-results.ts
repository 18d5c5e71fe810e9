import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tar from 'tar';
import { filesIn, joinS3 } from '../aws/s3';
import type { Resource } from '../state/store';
import type { JobRun } from './lifecycle';

const outputUri = ({ describe, name }: Resource) => joinS3(describe.OutputDataConfig.S3OutputPath, name, 'output');

/** Where a job's model archive lies. */
export const modelArtifacts = (resource: Resource) => joinS3(outputUri(resource), 'model.tar.gz');

/** The failure file's text, or for a script that wrote none the end of its output. */
export async function failureText(job: JobRun, code: number, command: string[], tail: string[]): Promise<string> {
  const written = await readFile(join(job.folder, 'output', 'failure'), 'utf8').catch(() => '');
  const limit = 900;
  if (written.trim()) return `AlgorithmError: ${written.trim().slice(0, limit)}, exit code: ${code}`;
  const said = tail.filter((line) => !line.startsWith('[sandbox]')).join('\n');
  const shown = ['python3', ...command.slice(1)].join(' ').slice(0, 200);
  const reason = `ExecuteUserScriptError:\nExitCode ${code}\nErrorMessage "${said.slice(-500)}"\nCommand "${shown}"`;
  return `AlgorithmError: ${reason}, exit code: ${code}`;
}

/** Uploads model.tar.gz (empty where the script wrote none, as on AWS) and output.tar.gz where there is output. */
export async function uploadResults(job: JobRun, { outputOnly = false } = {}): Promise<void> {
  const { resource, folder } = job;
  const model = join(folder, 'model');
  const hasModel = (await filesIn(model)).length > 0;
  // A job that was stopped before it wrote a model has none to upload.
  if (!outputOnly && (hasModel || !job.control.stopReason)) {
    await uploadArchive(job, model, modelArtifacts(resource));
    if (!hasModel) job.stream.line('[sandbox] The script wrote nothing to SM_MODEL_DIR: model.tar.gz is empty.');
  }
  const output = join(folder, 'output', 'data');
  if ((await filesIn(output)).length > 0)
    await uploadArchive(job, output, joinS3(outputUri(resource), 'output.tar.gz'));
}

async function uploadArchive({ context, resource, folder }: JobRun, dir: string, uri: string): Promise<void> {
  const file = join(folder, '.upload.tar.gz');
  // A leading @ would make tar include another archive.
  const entries = (await readdir(dir)).map((name) => (name.startsWith('@') ? `./${name}` : name));
  // tar refuses an empty list; the folder itself makes an archive without files.
  await tar.create({ gzip: true, file, cwd: dir, portable: true }, entries.length > 0 ? entries : ['.']);
  await context.s3.upload(resource.scope, file, uri, resource.describe.OutputDataConfig.KmsKeyId || undefined);
  await rm(file, { force: true });
}
