import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../sandbox/src/ports';
import { processTable } from '../sandbox/src/sagemaker/processes/process-table';

/** The peer: MiniStack alone, without plugin, daemon and SageMaker, from its start until it says that it is healthy. */
export async function plainMiniStack(python: string, folder: string): Promise<{ seconds: number; megabytes: number }> {
  const port = await freePort();
  const state = mkdtempSync(join(folder, 'ministack-'));
  const env = {
    ...{
      PATH: process.env.PATH,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      PERSIST_STATE: '1',
      STATE_DIR: state,
    },
    ...{ S3_PERSIST: '1', S3_DATA_DIR: state, IOT_MTLS_ENABLED: '0', SFTP_ENABLED: '0', LOG_LEVEL: 'WARNING' },
  };
  const begun = performance.now();
  const child = spawn(python, ['-m', 'ministack'], { cwd: state, env, stdio: 'ignore' });
  try {
    while (!(await isHealthy(port))) await sleep(20);
    const seconds = (performance.now() - begun) / 1000;
    const memory = (await processTable()).find(({ pid }) => pid === child.pid)?.memoryBytes ?? 0;
    return { seconds, megabytes: memory / 1e6 };
  } finally {
    child.kill('SIGKILL');
  }
}

async function isHealthy(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/_ministack/health`).catch(() => undefined);
  return response?.ok ?? false;
}
