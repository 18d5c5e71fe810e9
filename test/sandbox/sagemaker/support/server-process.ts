/**
 * A SageMaker server in a process of its own, whose state is in the folder that the arguments name. On stdin, `restart`
 * restarts it and `status` asks for its status.
 */
import { createInterface } from 'node:readline';
import { startServer } from './server';

async function main([sandbox, stateDir]: string[]): Promise<void> {
  const server = await startServer(JSON.parse(sandbox!), { stateDir });
  const { hostname, port } = await server.sageMaker.config.endpoint!();
  console.log(`http://${hostname}:${port}`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'restart') {
      await server.restart();
      console.log('restarted');
    } else if (line === 'status') {
      console.log(JSON.stringify({ ...server.status(), nonConforming: server.nonConforming }));
    } else break;
  }
  await server.close();
}

void main(process.argv.slice(2)).then(() => process.exit(0));
