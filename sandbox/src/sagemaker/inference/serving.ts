import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../ports';
import type { Scope } from '../api/scope';
import { parseS3Uri } from '../aws/s3';
import type { Context } from '../context';
import type { Runtime } from '../images';
import { pythonFor } from '../jobs/requirements';
import type { ContainerLabel, ContainerProcess, ExitStatus } from '../processes/container-spec';
import type { InstanceSize } from '../processes/instance-types';
import { runtimeFile } from '../runtimes';
import { extractArchive } from './archive';
import { type Address, type ModelAnswer, type OpenAnswer, open, send } from './http';

/** AWS's default for ContainerStartupHealthCheckTimeoutInSeconds. */
export const HEALTH_CHECK_SECONDS = 600;
const PING_EVERY_MS = 25;
const PING_TIMEOUT_MS = 2_000;
const STOP_GRACE_MS = 5_000;

/** What to serve: a container definition of a model, and where. */
export interface ServingSpec {
  // biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
  readonly container: Record<string, any>;
  readonly networkIsolation: boolean;
  readonly scope: Scope;
  /** Working folder, which stands for /opt/ml. */
  readonly folder: string;
  readonly environment?: Record<string, string>;
  readonly healthCheckSeconds?: number;
  readonly onLine: (line: string) => void;
  readonly ready?: () => Promise<void> | undefined;
  readonly label?: ContainerLabel;
  readonly size?: InstanceSize;
}

/** The model did not come up; the message says why, for a FailureReason. */
export class ServingFailure extends Error {}

/** One serving process that has passed its health check. */
export interface Serving {
  readonly process: ContainerProcess;
  readonly exited: Promise<ExitStatus>;
  invoke(headers: Record<string, string>, body: Buffer, timeoutMs: number, signal?: AbortSignal): Promise<ModelAnswer>;
  /** As invoke, but the answer's body is given as it comes. */
  stream(headers: Record<string, string>, body: Buffer, timeoutMs: number): Promise<OpenAnswer>;
  stop(): Promise<void>;
}

/** Fetches the model into the folder. */
export async function fetchModel(context: Context, spec: ServingSpec): Promise<void> {
  const { container, scope, folder } = spec;
  const dir = join(folder, 'model');
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const source = container.ModelDataSource?.S3DataSource;
  const uri = (container.ModelDataUrl ?? source?.S3Uri) as string | undefined;
  if (!uri) return;
  if (source?.CompressionType === 'None') {
    const count = await context.s3.downloadPrefix(scope, uri, dir);
    if (count === 0) throw new ServingFailure(`No S3 objects were found under the model data prefix ${uri}.`);
    return;
  }
  const archive = join(folder, '.model.tar.gz');
  await context.s3.download(scope, parseS3Uri(uri), archive);
  await extractArchive(archive, dir, `The model archive ${uri}`);
  await rm(archive, { force: true });
}

/** A serving process that was started, and how it is reached. */
interface Started {
  readonly process: ContainerProcess;
  readonly address: Address;
  readonly cleanUp?: () => void;
}

/** Starts the serving process of a fetched model and waits until it answers GET /ping with 200. */
export async function startServing(context: Context, spec: ServingSpec, signal?: AbortSignal): Promise<Serving> {
  const { runtime } = context.images.resolve(spec.container.Image);
  const started = await (runtime === 'docker' ? startImage(context, spec) : startRuntime(context, spec, runtime));
  const { process, address } = started;
  const exited = process.exited.finally(started.cleanUp);
  const stop = async () => {
    await process.stop(STOP_GRACE_MS);
  };
  try {
    await healthy(address, process, (spec.healthCheckSeconds ?? HEALTH_CHECK_SECONDS) * 1000, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    process,
    exited,
    stop,
    invoke: (headers, body, timeoutMs, aborted) =>
      send(address, 'POST', '/invocations', { headers, body, timeoutMs, signal: aborted }),
    stream: (headers, body, timeoutMs) => open(address, 'POST', '/invocations', { headers, body, timeoutMs }),
  };
}

const environmentOf = (spec: ServingSpec): Record<string, string> => ({
  ...(spec.container.Environment ?? {}),
  ...spec.environment,
});

/** What local processes and images have in common. */
const commonOf = ({ folder, scope, networkIsolation, onLine, ready, label, size }: ServingSpec) => ({
  folder,
  scope,
  networkIsolation,
  onLine,
  ready,
  label,
  size,
});

async function startImage(context: Context, spec: ServingSpec): Promise<Started> {
  const port = await freePort();
  const process = await context.host.start({
    ...commonOf(spec),
    image: { uri: spec.container.Image },
    command: ['serve'],
    cwd: '/opt/ml',
    environment: environmentOf(spec),
    publish: port,
  });
  return { process, address: { port } };
}

async function startRuntime(context: Context, spec: ServingSpec, runtime: Runtime): Promise<Started> {
  const environment = environmentOf(spec);
  const code = await fetchCode(context, spec, environment.SAGEMAKER_SUBMIT_DIRECTORY);
  const python = await pythonFor({
    python: context.options.python,
    cacheDir: context.cacheDir,
    sourceDir: code.dir,
    offline: spec.networkIsolation,
    onLine: spec.onLine,
  });
  const { address, variables, cleanUp } = await listenOn(spec.networkIsolation && context.host.isolation.network);
  const process = await context.host.start({
    ...commonOf(spec),
    command: [python, runtimeFile('serve.py')],
    cwd: code.optMlDir,
    environment: {
      ...environment,
      ...variables,
      PYTHONPATH: [runtimeFile('toolkits'), environment.PYTHONPATH].filter(Boolean).join(':'),
      SAGEMAKER_LOCAL_RUNTIME: runtime,
      SAGEMAKER_LOCAL_CODE_DIR: code.optMlDir,
      SM_MODEL_DIR: '/opt/ml/model',
      SAGEMAKER_REGION: spec.scope.region,
    },
    watchdog: true,
  });
  return { process, address, cleanUp };
}

async function fetchCode(context: Context, { folder, scope }: ServingSpec, submit: string | undefined) {
  if (submit?.startsWith('s3://')) {
    const dir = join(folder, 'code');
    const archive = join(folder, '.sourcedir.tar.gz');
    await context.s3.download(scope, parseS3Uri(submit), archive);
    await extractArchive(archive, dir, submit);
    return { dir, optMlDir: '/opt/ml/code' };
  }
  const optMlDir = submit?.startsWith('/opt/ml/') ? submit.replace(/\/+$/, '') : '/opt/ml/model/code';
  const dir = join(folder, optMlDir.slice('/opt/ml'.length));
  await mkdir(dir, { recursive: true });
  return { dir, optMlDir };
}

// A process without network cannot be reached by port, but a socket file crosses the namespace. It lies in the
// temporary folder since its path may have about a hundred characters only.
async function listenOn(socketFile: boolean) {
  if (!socketFile) {
    const port = await freePort();
    const address: Address = { port };
    return { address, variables: { SAGEMAKER_BIND_TO_PORT: String(port) }, cleanUp: () => undefined };
  }
  const dir = await mkdtemp(join(tmpdir(), 'sm-'));
  const address: Address = { socketPath: join(dir, 's') };
  const cleanUp = () => rm(dir, { recursive: true, force: true }).catch(() => undefined);
  return { address, variables: { SAGEMAKER_LOCAL_SOCKET: address.socketPath } as Record<string, string>, cleanUp };
}

async function healthy(
  address: Address,
  process: ContainerProcess,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  let ended: ExitStatus | undefined;
  void process.exited.then((status) => {
    ended = status;
  });
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (signal?.aborted) throw new ServingFailure('The model was stopped while it started.');
    if (ended)
      throw new ServingFailure(`The serving process ended with exit code ${ended.code} before it was healthy.`);
    const ping = await send(address, 'GET', '/ping', { timeoutMs: PING_TIMEOUT_MS }).catch(() => undefined);
    if (ping?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS));
  }
  throw new ServingFailure(`GET /ping was not answered with 200 within ${timeoutMs / 1000} s.`);
}
