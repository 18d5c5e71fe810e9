import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { ensurePython } from 'cdk-mlops-sandbox';

export const SANDBOX = resolve(import.meta.dirname, '../../../sandbox');

/** What a Python program prints that has the plugin on its path. */
export async function printed(program: string): Promise<string> {
  const { python } = await ensurePython();
  const code = `import sys; sys.path.insert(0, ${JSON.stringify(SANDBOX)})\n${program}`;
  const env = { ...process.env, GATEWAY_PORT: '1', MINISTACK_HOST: '127.0.0.1' };
  return (await promisify(execFile)(python, ['-c', code], { env })).stdout.trim();
}
