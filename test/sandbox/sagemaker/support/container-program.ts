/** Starts a container whose child moves to a session of its own, prints both ids, and waits to be killed. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerHost } from '../../../../sandbox/src/sagemaker/processes/container';
import { NO_ISOLATION } from '../../../../sandbox/src/sagemaker/processes/isolation';

const SCRIPT = `import os, time
child = os.fork()
if child == 0:
    os.setsid(); time.sleep(300)
print(child, flush=True)
time.sleep(300)
`;

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sagemaker-container-'));
  const host = new ContainerHost(NO_ISOLATION, '/usr/bin/python3', 'http://127.0.0.1:1');
  let started = (_child: string) => {};
  const child = new Promise<string>((resolve) => {
    started = resolve;
  });
  const container = await host.start({
    folder,
    command: ['python3', '-c', SCRIPT],
    cwd: '/opt/ml',
    environment: {},
    networkIsolation: false,
    scope: { accountId: '000000000000', region: 'eu-west-1' },
    onLine: (line) => void (/^\d+$/.test(line) && started(line)),
  });
  console.log(`${container.pid}\n${await child}`);
  setInterval(() => undefined, 1000);
}

void main();
