import { randomUUID } from 'node:crypto';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBody } from '../http-body';
import type { HttpAnswer } from '../sagemaker/options';
import { failed, throttled } from './answers';
import { type Call, readCall, tellsInBody } from './call';
import type { Caller, Faults } from './faults';
import type { FaultRule } from './rules';

/** Marks a request that has met its rules already, and goes through the front door once more for its effect alone. */
const REPLAYED = 'x-sandbox-replay';
const SECRET = randomUUID();

/**
 * Breaks a request where a rule says so.
 * @returns whether it was answered, or left without an answer; otherwise it goes on as if nothing had been.
 */
export async function strike(faults: Faults, incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> {
  if (incoming.headers[REPLAYED] === SECRET) return false;
  let body = tellsInBody(incoming) ? await readBody(incoming) : undefined;
  const call = readCall(incoming, body?.toString() ?? '');
  const struck = await faults.onRequest(call);
  if (!struck) {
    if (body === undefined) return false;
    send(outgoing, await replay(incoming, body));
    return true;
  }
  const { rule, caller } = struck;
  body ??= await readBody(incoming);
  if (rule.fault === 'latency') await sleep(rule.seconds! * 1000);
  const takesEffect = rule.when === 'after' || rule.fault === 'latency';
  const effect = takesEffect ? await replay(incoming, body) : undefined;
  const answer = effect && rule.fault === 'latency' ? effect : await answerOf(rule, call, caller, faults);
  if (answer === 'silence') return silence(rule, outgoing);
  if (answer === 'cut') outgoing.destroy();
  else send(outgoing, answer);
  return true;
}

async function answerOf(
  rule: FaultRule,
  call: Call,
  caller: Caller,
  faults: Faults,
): Promise<HttpAnswer | 'cut' | 'silence'> {
  switch (rule.fault) {
    case 'throttle':
      return throttled(call);
    case 'error':
      return failed(call, rule.error);
    case 'timeout':
      return 'silence';
    case 'kill':
      if (caller.function) await faults.inner.killWorkers(caller.function);
      return 'cut';
    default:
      return 'cut';
  }
}

/** Says nothing until the client gives up, or until the rule's time is over. */
function silence({ seconds }: FaultRule, outgoing: ServerResponse): boolean {
  const over = seconds === undefined ? undefined : setTimeout(() => outgoing.destroy(), seconds * 1000);
  outgoing.on('close', () => clearTimeout(over));
  return true;
}

/** Sends the request through the same door again, and keeps the answer. */
function replay(incoming: IncomingMessage, body: Buffer): Promise<HttpAnswer> {
  return new Promise((done, fail) => {
    const headers = { ...incoming.headers, [REPLAYED]: SECRET, 'content-length': String(body.length) };
    for (const name of ['transfer-encoding', 'expect', 'connection']) delete (headers as Record<string, unknown>)[name];
    const { method, url, socket } = incoming;
    const again = request(
      { host: socket.localAddress, port: socket.localPort, method, path: url, headers },
      (answer) => {
        readBody(answer).then((content) => done(kept(answer, content)), fail);
      },
    );
    again.on('error', fail);
    again.end(body);
  });
}

function kept(answer: IncomingMessage, body: Buffer): HttpAnswer {
  const headers = Object.fromEntries(
    Object.entries(answer.headers).filter(
      ([name]) => !['transfer-encoding', 'connection', 'keep-alive'].includes(name),
    ),
  ) as Record<string, string>;
  return { status: answer.statusCode ?? 502, headers, body };
}

/** An answer to HEAD has a length and no bytes. */
function send(outgoing: ServerResponse, { status, headers, body }: HttpAnswer): void {
  outgoing.writeHead(status, { ...headers, 'content-length': headers['content-length'] ?? String(body.length) });
  outgoing.end(body);
}
