import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly json: Record<string, unknown>;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type Handler = (call: Call) => Reply;

const API_HOST = 'abc123.execute-api.us-east-1.amazonaws.com';
export const PLATFORM = {
  platform: 'mlops-dev',
  stage: 'dev',
  bucket: 'artefacts',
  evidenceBucket: 'evidence',
  apiUrl: `https://${API_HOST}`,
  busName: 'bus',
  version: '0.1.0',
};
export const DIAGNOSIS = {
  model: 'diagnosis',
  dataset: 'diagnosis',
  trainingStateMachineArn: 'arn:training',
  releaseStateMachineArn: 'arn:release',
  endpointName: 'mlops-dev-diagnosis',
  contentType: 'text/csv',
  label: 'malignant',
  instanceTypes: { training: 'ml.m5.large' },
};

/**
 * A small AWS: the registry API by its Host header, SSM parameters, an S3 that keeps objects once, and what a test adds.
 */
export class FakeAws {
  readonly calls: Call[] = [];
  readonly objects = new Map<string, string>();
  readonly parameters = new Map<string, unknown>([
    ['/cdk-mlops/mlops-dev/platform', PLATFORM],
    ['/cdk-mlops/mlops-dev/models/diagnosis', DIAGNOSIS],
  ]);
  private readonly routes = new Map<string, Handler>();
  private readonly targets = new Map<string, Handler>();
  private server?: Server;

  /** Answers a route of the registry API, such as `GET /models`. */
  api(route: string, handler: Handler | Reply): this {
    this.routes.set(route, typeof handler === 'function' ? handler : () => handler);
    return this;
  }

  /** Answers a JSON service's operation by its target, such as `AWSStepFunctions.GetExecutionHistory`. */
  target(name: string, handler: Handler | Reply): this {
    this.targets.set(name, typeof handler === 'function' ? handler : () => handler);
    return this;
  }

  async start(): Promise<string> {
    this.server = createServer(async (request, response) => {
      const call = await toCall(request);
      this.calls.push(call);
      const { status = 200, headers = {}, body } = this.answer(call);
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(call.method === 'HEAD' ? undefined : text);
    });
    await new Promise<void>((done) => this.server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((done) => this.server?.close(done) ?? done(undefined));
  }

  /** Calls of one route of the API, in order. */
  callsOf(route: string): Call[] {
    return this.calls.filter(({ method, path, headers }) => headers.host === API_HOST && `${method} ${path}` === route);
  }

  private answer(call: Call): Reply {
    if (call.headers.host === API_HOST) return this.answerApi(call);
    const target = call.headers['x-amz-target'];
    if (typeof target === 'string') return this.answerTarget(target, call);
    const invocation = this.targets.get(`${call.method} ${call.path}`);
    return invocation ? invocation(call) : this.answerS3(call);
  }

  private answerApi(call: Call): Reply {
    if (!call.headers.authorization?.includes('/execute-api/aws4_request')) {
      return { status: 403, body: { message: 'Forbidden' } };
    }
    const handler = this.routes.get(`${call.method} ${call.path}`);
    return handler?.(call) ?? { status: 404, body: { code: 'NotFound', message: `There is no ${call.path}.` } };
  }

  private answerTarget(target: string, call: Call): Reply {
    const own = this.targets.get(target);
    if (own) return own(call);
    if (target === 'AmazonSSM.GetParameter') {
      const name = String(call.json.Name);
      if (!this.parameters.has(name)) return { status: 400, body: { __type: 'ParameterNotFound' } };
      return { body: { Parameter: { Name: name, Value: JSON.stringify(this.parameters.get(name)) } } };
    }
    if (target === 'AmazonSSM.GetParametersByPath') {
      const below = [...this.parameters].filter(([name]) => name.startsWith(`${call.json.Path}/`));
      return { body: { Parameters: below.map(([Name, value]) => ({ Name, Value: JSON.stringify(value) })) } };
    }
    return { status: 400, body: { __type: 'UnknownOperationException', message: target } };
  }

  private answerS3({ method, path, headers, body }: Call): Reply {
    const found = this.objects.get(path);
    if (method === 'PUT') {
      if (found !== undefined && headers['if-none-match'] === '*') {
        return { status: 412, body: '<Error><Code>PreconditionFailed</Code><Message>there</Message></Error>' };
      }
      this.objects.set(path, body);
      return {};
    }
    if (found === undefined) return { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' };
    return { headers: { 'content-length': String(found.length) }, body: found };
  }
}

async function toCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('latin1');
  const url = new URL(request.url ?? '/', 'http://fake');
  const json = body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : {};
  const { method = 'GET', headers } = request;
  return { method, path: url.pathname, query: Object.fromEntries(url.searchParams), headers, body, json };
}
