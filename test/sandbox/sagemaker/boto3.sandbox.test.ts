import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensurePython } from 'cdk-mlops-sandbox';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { OPERATIONS } from '../../../sandbox/src/sagemaker/control';
import { startServer, type TestServer } from './support/server';

const folder = fileURLToPath(new URL('./boto3/', import.meta.url));
const CASES = ['control.py', 'endpoints.py'].flatMap((file) =>
  [...readFileSync(folder + file, 'utf8').matchAll(/^def (case_\w+)/gm)].map(([, name]) => name!),
);

/** boto3 against the server: botocore's own parser reads every answer, and each parsed answer is held to its shape. */
describe('boto3', () => {
  let server: TestServer;
  const failures = new Map<string, string | null>();
  let called: string[] = [];
  beforeAll(async () => {
    server = await startServer(inject('sandbox'));
    const { python } = await ensurePython();
    const { hostname, port } = await server.sageMaker.config.endpoint!();
    const env = {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONWARNINGS: 'ignore',
      CASE_ENDPOINT: `http://${hostname}:${port}`,
      CASE_BUCKET: server.bucket.name,
    };
    const { stdout } = await promisify(execFile)(python, [`${folder}run.py`], { env });
    for (const line of stdout.trim().split('\n')) {
      const told = JSON.parse(line);
      if (told.case) failures.set(told.case, told.failure);
      else called = told.called;
    }
  });
  afterAll(async () => {
    expect(server.nonConforming).toEqual([]);
    await server.close();
  });

  it.each(CASES)('%s', (name) => {
    expect(failures.has(name)).toBe(true);
    expect(failures.get(name)).toBeNull();
  });

  it('is answered every operation that the server has', () => {
    const runtime = ['InvokeEndpoint', 'InvokeEndpointAsync', 'InvokeEndpointWithResponseStream'];
    expect([...Object.keys(OPERATIONS), ...runtime].filter((name) => !called.includes(name))).toEqual([]);
  });
});
