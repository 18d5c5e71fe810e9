import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { clientConfig, type TestSandbox } from '../../../support/sandbox';
import { TestBucket, type TestServer } from './server';

const SERVER = fileURLToPath(new URL('./server-process.ts', import.meta.url));
const IN_NAMESPACE = ['unshare', '--user', '--map-root-user', '--mount'];
const MOUNT = 'mount -t tmpfs -o size=2m tmpfs "$1" && echo mounted && shift && exec "$@"';

/** A SageMaker server on a disk of 2 MB, in a mount namespace of its own: the disk goes with the server. */
export interface SmallDiskServer extends Pick<TestServer, 'sageMaker' | 'bucket'> {
  /** Takes all space that is left. */
  fill(): Promise<void>;
  /** Gives back what fill took. */
  free(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the server; undefined where the kernel gives users no mount namespaces. */
export async function startOnSmallDisk(sandbox: TestSandbox): Promise<SmallDiskServer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'));
  const node = [process.execPath, '--import', 'tsx', SERVER, JSON.stringify(sandbox), join(folder, 'server')];
  const [command, ...args] = [...IN_NAMESPACE, 'sh', '-c', MOUNT, 'sh', folder, ...node];
  const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const told = lines[Symbol.asyncIterator]();
  const failed = once(child, 'error').then(() => undefined);
  const mounted = await Promise.race([told.next(), failed]);
  if (mounted?.value !== 'mounted') return undefined;
  const { value: endpoint } = await told.next();
  if (!endpoint) throw new Error('The server on the small disk did not start: see its output above.');
  const filler = `/proc/${child.pid}/root${join(folder, 'filler')}`;
  return {
    sageMaker: new SageMakerClient({ ...clientConfig(sandbox), endpoint, maxAttempts: 1 }),
    bucket: await TestBucket.create(sandbox),
    fill: async () => {
      const error = await writeFile(filler, Buffer.alloc(4 * 2 ** 20)).catch((cause: NodeJS.ErrnoException) => cause);
      if (error?.code !== 'ENOSPC') throw new Error(`The disk is not full: ${error}`);
    },
    free: () => rm(filler),
    restart: async () => {
      child.stdin.write('restart\n');
      await told.next();
    },
    close: async () => {
      child.stdin.end();
      await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
