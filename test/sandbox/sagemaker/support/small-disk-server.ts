/** A SageMaker server whose state is on the disk that the arguments name; `restart` on stdin restarts it. */
import { createInterface } from 'node:readline';
import { startServer } from './server';

async function main([sandbox, stateDir]: string[]): Promise<void> {
  const server = await startServer(JSON.parse(sandbox!), { stateDir });
  const { hostname, port } = await server.sageMaker.config.endpoint!();
  console.log(`http://${hostname}:${port}`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'restart') break;
    await server.restart();
    console.log('restarted');
  }
  await server.close();
}

void main(process.argv.slice(2)).then(() => process.exit(0));
