import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { messageOf } from '../api/errors';
import { inParallel, joinS3, parseS3Uri } from '../aws/s3';
import { announce } from '../context';
import { DataProcessingError, RecordProcessor } from '../inference/data-processing';
import { containersOf } from '../inference/model-server';
import { packRecords, RecordTooLarge, splitLines } from '../inference/records';
import { fetchModel, type Serving, ServingFailure, startServing } from '../inference/serving';
import { instanceSize } from '../processes/instance-types';
import { parseManifest } from './channels';
import { JobFailure } from './control';
import { checkpoint, type JobRun, type JobType, recordProcess } from './lifecycle';
import { reportUtilization, usageLine } from './utilization';

const DEFAULT_PAYLOAD_MB = 6;
const DEFAULT_TIMEOUT_SECONDS = 600;
const DEFAULT_RETRIES = 3;

export const transformJobs: JobType = {
  prefix: 'Transform',
  logGroup: '/aws/sagemaker/TransformJobs',
  maxRuntime: () => undefined,
  run,
};

interface InputObject {
  readonly bucket: string;
  readonly key: string;
  /** Key of the result below the output path, without `.out`. */
  readonly name: string;
}

async function run(job: JobRun): Promise<void> {
  const { context, resource, control } = job;
  await announce(context, resource);
  const inputs = await listInputs(job);
  checkpoint(control);
  const { InstanceType, InstanceCount } = resource.describe.TransformResources;
  const instances = Array.from({ length: Math.min(InstanceCount, Math.max(1, inputs.length)) }, () => newInstance());
  const servings = await startModels(job, instances, InstanceType);
  try {
    // Each instance takes the next object when it is done with one.
    const queue = [...inputs];
    await Promise.all(
      servings.map(async (serving) => {
        for (let input = queue.shift(); input; input = queue.shift()) {
          checkpoint(control);
          await transformObject({ job, ...serving }, input);
        }
      }),
    );
  } finally {
    await Promise.all(servings.map(({ serving }) => serving.stop()));
  }
}

const newInstance = () => `i-${randomBytes(8).toString('hex')}`;

/** One instance of a transform job, while it serves. */
interface Instance {
  readonly id: string;
  readonly serving: Serving;
}

interface Transforming extends Instance {
  readonly job: JobRun;
}

async function startModels(job: JobRun, ids: string[], instanceType: string): Promise<Instance[]> {
  const started: Instance[] = [];
  try {
    for (const id of ids) started.push({ id, serving: await startModel(job, id, instanceType) });
    return started;
  } catch (error) {
    await Promise.all(started.map(({ serving }) => serving.stop()));
    throw error;
  }
}

async function startModel(job: JobRun, id: string, instanceType: string): Promise<Serving> {
  const { context, resource, control } = job;
  const { describe } = resource;
  const model = context.store.get('model', resource.scope, describe.ModelName);
  if (!model) throw new JobFailure(`ClientError: the model '${describe.ModelName}' was deleted before the job began.`);
  const stream = job.log(id);
  const size = instanceSize(instanceType);
  const execution = executionOf(describe);
  const spec = {
    container: containersOf(model)[0]!,
    networkIsolation: model.describe.EnableNetworkIsolation === true,
    scope: resource.scope,
    folder: join(job.folder, id),
    environment: { ...batchEnvironment(execution), ...(describe.Environment ?? {}) },
    onLine: (line: string) => stream.line(line),
    ready: () => stream.ready(),
    label: { name: resource.name, kind: 'transform-job' as const, host: id },
    size,
  };
  try {
    await fetchModel(context, spec);
    const serving = await startServing(context, spec, control.signal);
    const { concurrent, payloadMb, strategy } = execution;
    const chosen = `MaxConcurrentTransforms=${concurrent}, MaxPayloadInMB=${payloadMb}, BatchStrategy=${strategy}`;
    dataLog(job, id, chosen);
    void control.follow(serving.process);
    void recordProcess(job, serving.process).catch(() => undefined);
    const dimensions = { Host: `${resource.name}/${id}` };
    reportUtilization(context, serving.process, { namespace: stream.group, dimensions, size });
    void serving.exited.then(() => stream.line(usageLine(context, id, serving.process, size)));
    return serving;
  } catch (error) {
    if (!(error instanceof ServingFailure)) throw error;
    throw new JobFailure(`AlgorithmError: ${error.message} See job logs for more information`);
  }
}

async function listInputs({ context, resource }: JobRun): Promise<InputObject[]> {
  const { S3DataType, S3Uri } = resource.describe.TransformInput.DataSource.S3DataSource;
  const { s3 } = context;
  if (S3DataType === 'ManifestFile') {
    const text = (await s3.read(resource.scope, parseS3Uri(S3Uri))).toString('utf8');
    const [head, ...names] = parseManifest(text, S3Uri, 'TransformInput');
    const { bucket, key } = parseS3Uri((head as { prefix: string }).prefix);
    return (names as string[]).map((name) => ({ bucket, key: key + name, name }));
  }
  const prefix = parseS3Uri(S3Uri);
  const keys = await s3.keys(resource.scope, prefix);
  if (keys.length === 0) {
    throw new JobFailure(`ClientError: No S3 objects found under S3 URL "${S3Uri}" given in TransformInput.`);
  }
  const folder = prefix.key.endsWith('/') || keys.every((key) => key.startsWith(`${prefix.key}/`));
  const strip = folder ? prefix.key.replace(/\/?$/, '/') : prefix.key.replace(/[^/]*$/, '');
  return keys.map((key) => ({ bucket: prefix.bucket, key, name: key.slice(prefix.key ? strip.length : 0) }));
}

async function transformObject({ job, serving, id }: Transforming, input: InputObject): Promise<void> {
  const { context, resource, control } = job;
  const { describe } = resource;
  const raw = await context.s3.until(control.signal).read(resource.scope, input);
  const name = `${input.bucket}/${input.key}`;
  const body =
    describe.TransformInput.CompressionType === 'Gzip'
      ? await promisify(gunzip)(raw).catch(() => {
          throw new JobFailure(`ClientError: ${name}: CompressionType is Gzip, but the object is not gzip data.`);
        })
      : raw;
  try {
    const result = await transformBody(job, serving, body);
    const { S3OutputPath, KmsKeyId } = describe.TransformOutput;
    await context.s3.put(resource.scope, joinS3(S3OutputPath, `${input.name}.out`), result, KmsKeyId || undefined);
  } catch (error) {
    if (control.stopReason) throw error;
    if (error instanceof ModelAnswerError) {
      dataLog(job, id, `${name}: ${error.code}: ${error.message}`);
      throw new JobFailure(`${error.code}: ${name}: ${error.message}. See job logs for more information`);
    }
    if (error instanceof RecordTooLarge || error instanceof DataProcessingError) {
      dataLog(job, id, `${name}: ClientError: ${error.message}`);
      throw new JobFailure(`ClientError: ${name}: ${error.message}.`);
    }
    throw error;
  }
}

/** SageMaker's own lines about the data, in a stream beside the container's. */
function dataLog(job: JobRun, id: string, text: string): void {
  const time = new Date().toISOString().replace('Z', '');
  job.log(id, 'data-log').line(`${time}:[sagemaker logs]: ${text}`);
}

interface Execution {
  readonly concurrent: number;
  readonly payloadMb: number;
  readonly strategy: 'SINGLE_RECORD' | 'MULTI_RECORD';
}

// biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
const executionOf = ({ MaxConcurrentTransforms, MaxPayloadInMB, BatchStrategy }: Record<string, any>): Execution => ({
  concurrent: MaxConcurrentTransforms || 1,
  payloadMb: MaxPayloadInMB ?? DEFAULT_PAYLOAD_MB,
  strategy: BatchStrategy === 'SingleRecord' ? 'SINGLE_RECORD' : 'MULTI_RECORD',
});

/** What a container that serves a transform job can read of it. */
const batchEnvironment = ({ concurrent, payloadMb, strategy }: Execution): Record<string, string> => ({
  SAGEMAKER_BATCH: 'true',
  SAGEMAKER_MAX_PAYLOAD_IN_MB: String(payloadMb),
  SAGEMAKER_BATCH_STRATEGY: strategy,
  SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: String(concurrent),
});

async function transformBody(job: JobRun, serving: Serving, body: Buffer): Promise<Buffer> {
  const { describe } = job.resource;
  const { TransformInput, TransformOutput, DataProcessing } = describe;
  const execution = executionOf(describe);
  const maxBytes = execution.payloadMb * 2 ** 20;
  const assembleLines = TransformOutput.AssembleWith === 'Line';
  const processor = new RecordProcessor(DataProcessing, TransformInput.ContentType, TransformOutput.Accept);
  if (TransformInput.SplitType !== 'Line') {
    if (maxBytes > 0 && body.length > maxBytes) {
      throw new RecordTooLarge(
        `the object has ${body.length} bytes, more than MaxPayloadInMB allows; use SplitType Line`,
      );
    }
    if (!processor.changesInput && !processor.changesOutput) return ended(await ask(job, serving, body), assembleLines);
  }
  const records = splitLines(utf8(body, 'the input'));
  // Without a split the records go out in one request, filtered.
  const multi = TransformInput.SplitType !== 'Line' || execution.strategy === 'MULTI_RECORD';
  const requests = packRecords(records, multi, maxBytes);
  const answers = new Array<Buffer>(requests.length);
  await inParallel(
    requests.map((batch, index) => ({ batch, index })),
    async ({ batch, index }) => {
      const sent = Buffer.from(`${batch.map((record) => processor.request(record)).join('\n')}\n`);
      answers[index] = finish(processor, batch, await ask(job, serving, sent), assembleLines);
    },
    execution.concurrent,
  );
  return Buffer.concat(answers);
}

function finish(processor: RecordProcessor, batch: string[], answer: Buffer, lines: boolean): Buffer {
  if (!processor.changesOutput) return ended(answer, lines);
  const answered = splitLines(utf8(answer, "the model's answer"));
  if (answered.length !== batch.length) {
    throw new ModelAnswerError(
      'ClientError',
      `the model answered ${answered.length} records to ${batch.length}: they cannot be joined or filtered`,
    );
  }
  const results = batch.map((record, index) => processor.result(record, answered[index]!));
  return Buffer.from(results.map((result) => result + (lines ? '\n' : '')).join(''));
}

const ended = (body: Buffer, lines: boolean) =>
  lines && body.length > 0 && body.at(-1) !== 0x0a ? Buffer.concat([body, Buffer.from('\n')]) : body;

function utf8(body: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new DataProcessingError(`${what} is not UTF-8 text`);
  }
}

class ModelAnswerError extends Error {
  constructor(
    readonly code: 'ClientError' | 'AlgorithmError',
    message: string,
  ) {
    super(message);
  }
}

/** Asks the model, again after a failure of its own as often as ModelClientConfig says. */
async function ask({ resource, control }: JobRun, serving: Serving, body: Buffer): Promise<Buffer> {
  const { TransformInput, TransformOutput, ModelClientConfig } = resource.describe;
  const headers: Record<string, string> = {};
  if (TransformInput.ContentType) headers['content-type'] = TransformInput.ContentType;
  if (TransformOutput.Accept) headers.accept = TransformOutput.Accept;
  const timeoutMs = (ModelClientConfig?.InvocationsTimeoutInSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
  const retries = ModelClientConfig?.InvocationsMaxRetries ?? DEFAULT_RETRIES;
  let failure = '';
  for (let attempt = 0; attempt <= retries; attempt += 1) {
    checkpoint(control);
    try {
      const answer = await serving.invoke(headers, body, timeoutMs, control.signal);
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      const text = answer.body.toString('utf8').trim().slice(0, 500);
      failure = `the model answered ${answer.status}${text ? `: ${text}` : ''}`;
      if (answer.status < 500) throw new ModelAnswerError('ClientError', failure);
    } catch (error) {
      if (error instanceof ModelAnswerError) throw error;
      failure = `the model did not answer: ${messageOf(error)}`;
    }
  }
  throw new ModelAnswerError('AlgorithmError', failure);
}
