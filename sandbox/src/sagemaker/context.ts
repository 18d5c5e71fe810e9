import type { Conformance } from './api/conformance';
import type { RuntimeRequests } from './api/runtime-request';
import type { ServiceModel } from './api/service-model';
import type { Alarms } from './aws/alarms';
import type { Logs } from './aws/logs';
import type { S3 } from './aws/s3';
import type { Topics } from './aws/topics';
import type { Events } from './events';
import type { CredentialsFor } from './iam/as-role';
import type { ImageMap } from './images';
import type { InvocationMetrics } from './inference/invocation-metrics';
import type { JobQueue } from './jobs/queue';
import type { SageMakerOptions } from './options';
import type { ContainerHost } from './processes/container';
import type { Resource, Store } from './state/store';

/** What the parts of the server share. */
export interface Context {
  readonly options: SageMakerOptions;
  readonly model: ServiceModel;
  readonly conformance: Conformance;
  readonly runtimeRequests: RuntimeRequests;
  readonly store: Store;
  readonly s3: S3;
  readonly logs: Logs;
  readonly alarms: Alarms;
  readonly topics: Topics;
  readonly metrics: InvocationMetrics;
  readonly events: Events;
  readonly images: ImageMap;
  readonly host: ContainerHost;
  readonly queue: JobQueue;
  /** The role as which the parts act, where there is one: see `asRole`. */
  readonly role?: { readonly arn: string; readonly credentials: CredentialsFor };
  readonly workDir: string;
  readonly cacheDir: string;
  readonly log: (line: string) => void;
  /** True once the server is closing: what ends then is not recorded as an outcome. */
  closing: boolean;
}

/** Keeps the resource and tells the event bus of its new state; of one that can't be kept nobody hears. */
export async function announce(context: Context, resource: Resource): Promise<void> {
  const isNew = !context.store.get(resource.kind, resource.scope, resource.name);
  if (!isNew) context.events.publish(resource);
  await context.store.put(resource);
  if (isNew) context.events.publish(resource);
}
