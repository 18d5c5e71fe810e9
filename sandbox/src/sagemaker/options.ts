import type { Iam } from './iam/options';

/** What the server needs from the sandbox that runs it. */
export interface SageMakerOptions {
  /** Folder for the server's state and for the working folders of jobs and endpoints. */
  readonly stateDir: string;
  /** The sandbox's one AWS endpoint URL; S3 is addressed path style. */
  readonly endpointUrl: string;
  /** Python executable of the sandbox's virtual environment. */
  readonly python: string;
  /** The `botocore/data` folder that holds the published service models. */
  readonly serviceModelDir: string;
  /** Region of requests whose signature does not tell. */
  readonly region: string;
  /** Account of requests whose access key is not an account id. */
  readonly accountId: string;
  /** Puts an event of source `aws.sagemaker` on the default bus. */
  readonly publishEvent: (event: SageMakerEvent) => Promise<void>;
  /** Puts data points under AWS's own namespaces. @default no metrics */
  readonly putMetrics?: (namespace: string, data: MetricDatum[]) => Promise<void>;
  /** Who may do what. @default everybody everything */
  readonly iam?: Iam;
  /** Extra image URI prefix → runtime name (`xgboost`, `scikit-learn`). */
  readonly images?: Record<string, string>;
  /** Diagnostics of the server itself. @default dropped */
  readonly log?: (line: string) => void;
  /** Jobs that run at the same time; the rest wait in order. @default the number of CPUs */
  readonly maxConcurrentJobs?: number;
  /** The most memory of one container in bytes, whatever its instance type. @default the machine's */
  readonly maxContainerMemory?: number;
  /** Seconds between SIGTERM and SIGKILL for a job that is stopped. @default 120, as on AWS */
  readonly stopGraceSeconds?: number;
  /** Seconds a model has for one invocation. @default 60, as on AWS */
  readonly invokeTimeoutSeconds?: number;
  /** Use Linux namespaces for jobs where the kernel has them. @default true */
  readonly namespaces?: boolean;
  /** Answer an error in place of an answer that violates the published service model. @default it is logged and counted */
  readonly strict?: boolean;
  /** Account limits by the names of Service Quotas, such as `ml.m5.large for training job usage`. @default no limits */
  readonly limits?: Readonly<Record<string, number>>;
}

export interface SageMakerEvent {
  detailType: string;
  detail: object;
  resources: string[];
}

export interface MetricDatum {
  name: string;
  dimensions: Record<string, string>;
  value: number;
  unit: string;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** Comes instead of the body, as it is made. */
  stream?: AsyncIterable<Buffer>;
}

export type HttpHeaders = Record<string, string | undefined>;

export interface InvokeHttpRequest {
  readonly endpointName: string;
  /** The last part of the path. @default 'invocations' */
  readonly action?: string;
  readonly headers: HttpHeaders;
  readonly body: Buffer;
}

/** What one running container takes. */
export interface ContainerStatus {
  /** The job or endpoint. */
  readonly name: string;
  readonly kind: string;
  /** Which of its instances (`algo-1`), or the variant. */
  readonly host: string;
  readonly pid: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly peakMemoryBytes: number;
  /** Since it started. */
  readonly seconds: number;
}

export interface SageMakerStatus {
  /** The containers of jobs that run now. */
  readonly jobs: ContainerStatus[];
  /** Jobs that run or wait, and those of them that wait for a free slot. */
  readonly active: number;
  readonly waiting: number;
  readonly endpoints: { name: string; pid: number; pids: readonly number[]; status: string }[];
  /** The containers that serve. */
  readonly serving: ContainerStatus[];
  /** Answers and events that violated the published service model. */
  readonly violations: number;
}

export interface SageMakerServer {
  /** Control plane: POST / with `x-amz-target: SageMaker.<Operation>`, JSON 1.1. */
  control(request: { headers: HttpHeaders; body: Buffer }): Promise<HttpAnswer>;
  /** Runtime: POST /endpoints/{EndpointName}/{invocations, invocations-response-stream or async-invocations}. */
  invoke(request: InvokeHttpRequest): Promise<HttpAnswer>;
  /** The images that this server runs. */
  images(): { repository: string; tag: string; digest: string }[];
  status(): SageMakerStatus;
  /** Interrupts a managed spot training job while it trains, as AWS may at any time; why it can't, else undefined. */
  interrupt(trainingJob: string): string | undefined;
  /** Stops the server's own child processes (SIGTERM, then SIGKILL). */
  close(): Promise<void>;
}
