import { mkdir, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Conformance } from './api/conformance';
import { errorAnswer } from './api/errors';
import { RuntimeRequests } from './api/runtime-request';
import { ServiceModel } from './api/service-model';
import { Alarms } from './aws/alarms';
import { Logs } from './aws/logs';
import { S3 } from './aws/s3';
import { Topics } from './aws/topics';
import { announce, type Context } from './context';
import { controlRequest } from './control';
import { Events } from './events';
import { authorize, callerScope, invocationOf } from './iam/authorize';
import { ImageMap } from './images';
import { AsyncInference } from './inference/async-inference';
import { Endpoints } from './inference/endpoints';
import { InvocationMetrics } from './inference/invocation-metrics';
import { invokeEndpoint, invokeWithResponseStream } from './inference/invoke';
import { endOrphan, Jobs } from './jobs/lifecycle';
import { JobQueue } from './jobs/queue';
import { JOB_TYPES } from './operations/jobs';
import type { SageMakerOptions, SageMakerServer, SageMakerStatus } from './options';
import { ContainerHost } from './processes/container';
import { NO_ISOLATION, probeIsolation } from './processes/isolation';
import { runtimeDefinition } from './runtimes';
import { nowSeconds, Store } from './state/store';

export type { MetricDatum, SageMakerEvent, SageMakerOptions, SageMakerServer } from './options';

const REACHABLE_TIMEOUT_MS = 60_000;

/** Starts SageMaker on local processes; endpoints of an earlier run with the same state come back by themselves. */
export async function startSageMaker(options: SageMakerOptions): Promise<SageMakerServer> {
  const context = await createContext(options);
  const jobs = new Jobs(context);
  const endpoints = new Endpoints(context);
  const asyncInference = new AsyncInference(context, endpoints);
  await failInterrupted(context);
  void reachable(options.endpointUrl).then(() => {
    if (context.closing) return;
    endpoints.resume();
    return asyncInference.resume();
  });
  return {
    control: (request) => controlRequest(context, { jobs, endpoints }, request),
    invoke: async (request) => {
      try {
        const scope = await callerScope(options, request.headers);
        await authorize(context, request.headers, scope, invocationOf(request.action), {
          EndpointName: request.endpointName,
        });
        if (request.action === 'async-invocations') return await asyncInference.invoke(scope, request);
        const streamed = request.action === 'invocations-response-stream';
        return await (streamed ? invokeWithResponseStream : invokeEndpoint)(context, endpoints, scope, request);
      } catch (error) {
        return errorAnswer(error);
      }
    },
    images: () => context.images.list(),
    status: () => status(context, jobs, endpoints),
    interrupt: (name) => interruptSpot(context, jobs, name),
    close: async () => {
      context.closing = true;
      jobs.close();
      await Promise.allSettled([context.queue.idle(), endpoints.close()]);
      await Promise.all([context.events.flush(), context.metrics.end()]);
      await context.store.flush();
      context.host.close();
      context.s3.close();
      context.logs.close();
      context.alarms.close();
    },
  };
}

function interruptSpot(context: Context, jobs: Jobs, name: string): string | undefined {
  const named = context.store.list('training-job').filter((job) => job.name === name);
  if (named.length === 0) return `There is no training job ${name}.`;
  const spot = named.filter(({ describe }) => describe.EnableManagedSpotTraining === true);
  if (spot.length === 0) return `Training job ${name} does not use managed spot training: AWS interrupts no other.`;
  if (spot.some((job) => jobs.interrupt(job))) return undefined;
  const { SecondaryStatus } = spot[0]!.describe;
  return `Training job ${name} is in secondary status ${SecondaryStatus}: it can be interrupted in Training only.`;
}

function status(context: Context, jobs: Jobs, endpoints: Endpoints): SageMakerStatus {
  const running = context.host.running();
  return {
    jobs: running.filter(({ kind }) => kind !== 'endpoint'),
    active: jobs.size,
    waiting: context.queue.waitingSize,
    endpoints: endpoints.status(),
    serving: running.filter(({ kind }) => kind === 'endpoint'),
    violations: context.conformance.violations,
  };
}

async function createContext(options: SageMakerOptions): Promise<Context> {
  const log = options.log ?? (() => undefined);
  const workDir = join(options.stateDir, 'work');
  const cacheDir = join(options.stateDir, 'requirements');
  for (const dir of [workDir, cacheDir]) await mkdir(dir, { recursive: true });
  const model = await ServiceModel.load(options.serviceModelDir, 'sagemaker', '2017-07-24');
  const runtimeModel = await ServiceModel.load(options.serviceModelDir, 'sagemaker-runtime', '2017-05-13');
  const conformance = new Conformance(model, options.strict ?? false, log);
  const isolation = options.namespaces === false ? NO_ISOLATION : await probeIsolation();
  if (!isolation.mounts)
    log('Jobs run without namespaces here: /opt/ml is each job’s own folder, network isolation is not enforced.');
  return {
    options,
    model,
    conformance,
    runtimeRequests: new RuntimeRequests(runtimeModel),
    store: await Store.open(join(options.stateDir, 'resources'), log),
    s3: new S3(options.endpointUrl),
    logs: new Logs(options.endpointUrl, log),
    alarms: new Alarms(options.endpointUrl),
    topics: new Topics(options.endpointUrl),
    metrics: new InvocationMetrics(options.putMetrics, log),
    events: new Events(model, conformance, options.publishEvent, log),
    images: new ImageMap(runtimeDefinition(), options.images),
    host: new ContainerHost(isolation, options.python, options.endpointUrl, options.maxContainerMemory),
    queue: new JobQueue(options.maxConcurrentJobs ?? cpus().length),
    workDir,
    cacheDir,
    log,
    closing: false,
  };
}

/** Jobs that an earlier server left unfinished can only have failed: their processes ended with it. */
async function failInterrupted(context: Context): Promise<void> {
  for (const [kind, type] of JOB_TYPES) {
    for (const job of context.store.list(kind)) {
      const status = job.describe[`${type.prefix}JobStatus`];
      if (status !== 'InProgress' && status !== 'Stopping') continue;
      await endOrphan(job);
      const now = nowSeconds();
      job.describe[`${type.prefix}JobStatus`] = 'Failed';
      job.describe[`${type.prefix}EndTime`] = now;
      job.describe.FailureReason =
        'InternalServerError: The sandbox stopped while the job ran. Start the job again under a new name.';
      type.finish?.(job, 'Failed');
      await announce(context, job);
    }
  }
  await rm(context.workDir, { recursive: true, force: true });
  await mkdir(context.workDir, { recursive: true });
}

// At the sandbox's start the other services may come up after SageMaker, and endpoints need S3 for their models.
async function reachable(endpointUrl: string): Promise<void> {
  const deadline = Date.now() + REACHABLE_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const health = await fetch(new URL('/_ministack/health', endpointUrl)).catch(() => undefined);
    if (health?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200).unref());
  }
}
