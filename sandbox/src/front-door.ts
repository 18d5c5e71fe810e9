import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { answerFaults } from './faults/api';
import type { Faults } from './faults/faults';
import { strike } from './faults/strike';
import { readBody } from './http-body';
import type { HttpAnswer, HttpHeaders, SageMakerServer } from './sagemaker/options';
import { signedService } from './sigv4';

export interface FrontDoorOptions {
  /** MiniStack's own port on the loopback interface. */
  readonly miniStackPort: number;
  readonly sageMaker: () => SageMakerServer | undefined;
  /** Answers the sandbox's own paths, under `/_sandbox/`. */
  readonly own: (path: string) => object | undefined;
  /** Rules by which requests are broken on purpose. @default none can be set */
  readonly faults?: Faults;
  readonly log: (line: string) => void;
}

const OWN = '/_sandbox/';
const FAULTS = `${OWN}faults`;
const INTERRUPTION = /^\/_sandbox\/interrupt\/([^/]+)$/;
/** The daemon's way into MiniStack: closed to everybody else. */
const PLUGIN = '/_plugin/';
/** What deployed stacks became, which MiniStack's plugin finds out: `?stack=NAME` for one of them. */
const READBACK = '/_sandbox/readback';
const INVOCATION = /^\/endpoints\/([^/]+)\/(invocations|invocations-response-stream|async-invocations)\/?$/;
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** The one AWS endpoint: SageMaker is answered in this process, everything else streams to MiniStack untouched. */
export function createFrontDoor(options: FrontDoorOptions): Server {
  const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 0 });
  const server = createServer((incoming, outgoing) => {
    route(incoming, outgoing, options, agent).catch((error: Error) => {
      options.log(`${incoming.method} ${incoming.url}: ${error.stack ?? error.message}`);
      if (!outgoing.headersSent) answer(outgoing, failure(500, 'InternalFailure', error.message));
      else outgoing.destroy();
    });
  });
  server.keepAliveTimeout = 75_000;
  server.requestTimeout = 0;
  server.on('checkContinue', (incoming, outgoing) => {
    outgoing.writeContinue();
    server.emit('request', incoming, outgoing);
  });
  server.on('close', () => agent.destroy());
  return server;
}

async function route(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: FrontDoorOptions,
  agent: Agent,
): Promise<void> {
  const path = (incoming.url ?? '/').split('?', 1)[0]!;
  if (path === FAULTS && options.faults) return answerRules(incoming, outgoing, options.faults);
  if (path === READBACK) return forward(incoming, outgoing, options.miniStackPort, agent, readbackPath(incoming));
  const interrupted = incoming.method === 'POST' ? INTERRUPTION.exec(path)?.[1] : undefined;
  if (interrupted) return answer(outgoing, interrupt(decodeURIComponent(interrupted), options));
  if (path.startsWith(OWN)) return answerOwn(path, outgoing, options);
  if (path.startsWith(PLUGIN)) return answer(outgoing, failure(404, 'NotFound', `${path} is not for clients.`));
  if (options.faults?.armed && (await strike(options.faults, incoming, outgoing))) return;
  const invocation = incoming.method === 'POST' && path !== '/' ? INVOCATION.exec(path) : undefined;
  if (!invocation && !isSageMakerControl(incoming, path)) {
    return forward(incoming, outgoing, options.miniStackPort, agent);
  }
  const sageMaker = options.sageMaker();
  if (!sageMaker) return answer(outgoing, failure(503, 'ServiceUnavailable', 'SageMaker is still starting.'));
  const body = await readBody(incoming);
  // Node joins what comes twice into one value; of the headers that it does not join none is read here.
  const headers = incoming.headers as HttpHeaders;
  if (!invocation) return answer(outgoing, await sageMaker.control({ headers, body }));
  const [, name, action] = invocation;
  answer(outgoing, await sageMaker.invoke({ endpointName: decodeURIComponent(name!), action, headers, body }));
}

async function answerRules(incoming: IncomingMessage, outgoing: ServerResponse, faults: Faults): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const body = await readBody(incoming);
  answer(outgoing, await answerFaults(faults, incoming.method ?? 'GET', url, body.toString()));
}

function isSageMakerControl(incoming: IncomingMessage, path: string): boolean {
  const target = incoming.headers['x-amz-target'];
  if (typeof target === 'string' && target.startsWith('SageMaker.')) return true;
  return incoming.method === 'POST' && path === '/' && signedService(incoming.headers) === 'sagemaker';
}

/** `POST /_sandbox/interrupt/<training job>` takes the instances of a managed spot job away. */
function interrupt(job: string, { sageMaker }: FrontDoorOptions): HttpAnswer {
  const server = sageMaker();
  const refusal = server ? server.interrupt(job) : 'SageMaker is still starting.';
  if (refusal) return failure(409, 'Conflict', refusal);
  const headers = { 'content-type': 'application/json' };
  return { status: 200, headers, body: Buffer.from(JSON.stringify({ interrupted: job })) };
}

function answerOwn(path: string, outgoing: ServerResponse, options: FrontDoorOptions): void {
  const body = options.own(path.slice(OWN.length));
  const found = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body ?? {})),
  };
  answer(outgoing, body ? found : failure(404, 'NotFound', `The sandbox answers nothing at ${path}.`));
}

/** Streams both ways, so that neither a large object nor a slow answer is held in memory. */
function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
  agent: Agent,
  url = incoming.url,
): Promise<void> {
  return new Promise((done) => {
    const { method, rawHeaders } = incoming;
    const upstream = request({ host: '127.0.0.1', port, method, path: url, agent, headers: endToEnd(rawHeaders) });
    upstream.on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, endToEnd(response.rawHeaders));
      response.pipe(outgoing);
      response.on('error', () => outgoing.destroy());
      response.on('close', done);
    });
    upstream.on('error', (error) => {
      const message = `MiniStack did not answer: ${error.message}`;
      if (outgoing.headersSent) outgoing.destroy();
      else answer(outgoing, failure(502, 'ServiceUnavailable', message));
      done();
    });
    outgoing.on('close', () => upstream.destroy());
    incoming.on('error', () => upstream.destroy());
    incoming.pipe(upstream);
  });
}

const readbackPath = ({ url = '' }: IncomingMessage): string => url.replace(READBACK, `${PLUGIN}readback`);

/** Raw header pairs without those that belong to one connection; a body of unknown length is chunked again by Node. */
function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    if (!HOP_BY_HOP.has(name) && name !== 'expect') kept.push(raw[at]!, raw[at + 1]!);
  }
  return kept;
}

function answer(outgoing: ServerResponse, { status, headers, body, stream }: HttpAnswer): void {
  if (stream) {
    outgoing.writeHead(status, headers);
    Readable.from(stream)
      .on('error', () => outgoing.destroy())
      .pipe(outgoing);
    return;
  }
  outgoing.writeHead(status, { ...headers, 'content-length': String(body.length) });
  outgoing.end(body);
}

function failure(status: number, type: string, message: string): HttpAnswer {
  const body = Buffer.from(JSON.stringify({ __type: type, message }));
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body };
}
