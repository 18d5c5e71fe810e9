import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { createFrontDoor } from '../../sandbox/src/front-door';
import type { SageMakerServer } from '../../sandbox/src/sagemaker/options';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const answer = (text: string) => Promise.resolve({ status: 200, headers: {}, body: Buffer.from(text) });
const SAGEMAKER: SageMakerServer = {
  control: ({ headers, body }) => answer(`control ${headers['x-amz-target']} ${body}`),
  invoke: ({ endpointName, body }) => answer(`invoke ${endpointName} ${body}`),
  images: () => [],
  status: () => ({ jobs: [], active: 0, waiting: 0, endpoints: [], serving: [], violations: 0 }),
  interrupt: () => undefined,
  close: () => Promise.resolve(),
};

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

/** A front door before an upstream that tells what it was asked. */
async function door(sageMaker: SageMakerServer | undefined = SAGEMAKER): Promise<number> {
  const upstream = createServer((incoming, outgoing) => {
    let body = '';
    incoming.on('data', (chunk) => {
      body += chunk;
    });
    incoming.on('end', () => {
      outgoing.writeHead(201, { 'x-upstream': 'yes' });
      outgoing.end(`${incoming.method} ${incoming.url} ${incoming.headers.host} ${body}`);
    });
  });
  const own = (path: string) => (path === 'status' ? { ready: true } : undefined);
  const miniStackPort = await listening(upstream);
  return listening(createFrontDoor({ miniStackPort, sageMaker: () => sageMaker, own, log: () => {} }));
}

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function call(port: number, { method = 'POST', path = '/', headers = {}, body = '' }: Call) {
  return new Promise<{ status: number; text: string }>((done, fail) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => done({ status: response.statusCode!, text }));
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

it("hands SageMaker's control plane to the local SageMaker, by target and by signature", async () => {
  const port = await door();
  const headers = { 'x-amz-target': 'SageMaker.ListModels' };
  expect(await call(port, { headers, body: '{}' })).toEqual({ status: 200, text: 'control SageMaker.ListModels {}' });
  expect((await call(port, { headers: signed('sagemaker') })).text).toMatch(/^control/);
});

it('hands invocations to it by endpoint name', async () => {
  const { text } = await call(await door(), { path: '/endpoints/credit%2Dscore/invocations', body: '1,2' });
  expect(text).toBe('invoke credit-score 1,2');
});

it('sends all else on, with its host, path, query and body, and returns what comes', async () => {
  const { status, text } = await call(await door(), {
    method: 'PUT',
    path: '/bucket/a%20key?partNumber=1',
    headers: { host: 'abc.execute-api.us-east-1.amazonaws.com', ...signed('s3') },
    body: 'bytes',
  });
  expect(status).toBe(201);
  expect(text).toBe('PUT /bucket/a%20key?partNumber=1 abc.execute-api.us-east-1.amazonaws.com bytes');
});

it('says that SageMaker is not ready while it starts', async () => {
  const upstream = await listening(createServer());
  const port = await listening(
    createFrontDoor({ miniStackPort: upstream, sageMaker: () => undefined, own: () => undefined, log: () => {} }),
  );
  const { status, text } = await call(port, { headers: { 'x-amz-target': 'SageMaker.ListModels' } });
  expect([status, JSON.parse(text).__type]).toEqual([503, 'ServiceUnavailable']);
});

it('answers an AWS error where MiniStack is gone', async () => {
  const upstream = createServer();
  const miniStackPort = await listening(upstream);
  upstream.close();
  const options = { miniStackPort, sageMaker: () => SAGEMAKER, own: () => undefined, log: () => {} };
  const { status } = await call(await listening(createFrontDoor(options)), { method: 'GET', path: '/bucket' });
  expect(status).toBe(502);
});

it('keeps its own paths to itself', async () => {
  const port = await door();
  expect(JSON.parse((await call(port, { method: 'GET', path: '/_sandbox/status' })).text)).toEqual({ ready: true });
  expect((await call(port, { method: 'GET', path: '/_sandbox/none' })).status).toBe(404);
});

it("does not open the daemon's way into MiniStack to clients", async () => {
  expect((await call(await door(), { path: '/_plugin/events', body: '{}' })).status).toBe(404);
});
