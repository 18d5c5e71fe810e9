import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { HOST } from './config';
import { SandboxError } from './errors';

/** Whether `port` can be bound on the loopback interface now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => done(true)));
  });
}

/** Below the ports from which systems take those of outgoing connections, which would be in the way of a later start. */
const [LOWEST, HIGHEST] = [20_000, 29_999];
const TRIES = 100;

/** A port that nobody holds now, and that nobody takes by chance while it is not listened on. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isFree(port)) return port;
  }
  throw new SandboxError(`No port from ${LOWEST} to ${HIGHEST} was free in ${TRIES} tries: end what listens on them.`);
}
