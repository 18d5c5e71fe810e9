import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { ensurePython } from 'cdk-mlops-sandbox';
import * as tar from 'tar';
import { createFrontDoor } from '../../../../sandbox/src/front-door';
import {
  type MetricDatum,
  type SageMakerEvent,
  type SageMakerOptions,
  startSageMaker,
} from '../../../../sandbox/src/sagemaker/index';
import { clientConfig, type TestSandbox } from '../../../support/sandbox';

/** A SageMaker server of a test's own, whose S3 and logs are the shared sandbox's. */
export interface TestServer {
  readonly sageMaker: SageMakerClient;
  readonly runtime: SageMakerRuntimeClient;
  readonly bucket: TestBucket;
  readonly events: SageMakerEvent[];
  readonly metrics: MetricDatum[];
  /** Violations of AWS's service model in answers and events. */
  readonly nonConforming: string[];
  status(): ReturnType<Awaited<ReturnType<typeof startSageMaker>>['status']>;
  interrupt(trainingJob: string): string | undefined;
  /** Closes the server and starts another one on the same state. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startServer(sandbox: TestSandbox, extra: Partial<SageMakerOptions> = {}): Promise<TestServer> {
  const { python, sitePackages } = await ensurePython();
  const serviceModelDir = join(sitePackages, 'botocore', 'data');
  const [events, metrics, nonConforming]: [SageMakerEvent[], MetricDatum[], string[]] = [[], [], []];
  const options: SageMakerOptions = {
    stateDir: await mkdtemp(join(tmpdir(), 'sagemaker-server-')),
    endpointUrl: sandbox.endpoint,
    python,
    serviceModelDir,
    region: sandbox.region,
    accountId: sandbox.accountId,
    stopGraceSeconds: 1,
    strict: true,
    log: (line) => {
      if (line.includes('violates the published service model')) nonConforming.push(line);
    },
    publishEvent: async (event) => void events.push(event),
    putMetrics: async (_, data) => void metrics.push(...data),
    ...extra,
  };
  let server = await startSageMaker(options);
  const miniStackPort = Number(new URL(sandbox.endpoint).port);
  const http = createFrontDoor({ miniStackPort, sageMaker: () => server, own: () => undefined, log: console.error });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as { port: number };
  const config = { ...clientConfig(sandbox), endpoint: `http://127.0.0.1:${port}`, maxAttempts: 1 };
  return {
    sageMaker: new SageMakerClient(config),
    runtime: new SageMakerRuntimeClient(config),
    bucket: await TestBucket.create(sandbox),
    events,
    metrics,
    nonConforming,
    status: () => server.status(),
    interrupt: (job) => server.interrupt(job),
    restart: async () => {
      await server.close();
      server = await startSageMaker(options);
    },
    close: async () => {
      await server.close();
      http.closeAllConnections();
      http.close();
    },
  };
}

export class TestBucket {
  private constructor(
    readonly name: string,
    private readonly s3: S3Client,
  ) {}

  static async create(sandbox: TestSandbox): Promise<TestBucket> {
    const s3 = new S3Client({ ...clientConfig(sandbox), forcePathStyle: true });
    const name = `sagemaker-${Math.random().toString(36).slice(2)}`;
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    return new TestBucket(name, s3);
  }

  uri(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  async put(key: string, body: string | Buffer): Promise<string> {
    await this.s3.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: body }));
    return this.uri(key);
  }

  /** Puts a tar.gz of text files. */
  async putArchive(key: string, files: Record<string, string>): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'sagemaker-archive-'));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(dir, 'content', name, '..'), { recursive: true });
      await writeFile(join(dir, 'content', name), text);
    }
    const file = join(dir, 'a.tar.gz');
    await tar.create({ gzip: true, file, cwd: join(dir, 'content') }, Object.keys(files));
    return this.put(key, await readFile(file));
  }

  async get(key: string): Promise<string> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    return Body!.transformToString();
  }

  async getBytes(key: string): Promise<Buffer> {
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    return Buffer.from(await Body!.transformToByteArray());
  }

  async keys(prefix: string): Promise<string[]> {
    const { Contents } = await this.s3.send(new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix }));
    return (Contents ?? []).map((object) => object.Key!);
  }
}
