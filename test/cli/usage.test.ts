import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mlops, NO_SANDBOX } from './run-command';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlops-usage-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the command line', () => {
  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['train'], "missing required argument 'model'"],
    [['train', 'Bad_Name'], 'A name may hold lower-case letters'],
    [['runs', 'ls', '--nonsense'], "unknown option '--nonsense'"],
    [['models', 'approve', 'diagnosis', 'latest'], 'It must be a whole number'],
    [['models', 'show', 'a@b@c'], 'It must look like model, model@version or model@alias.'],
    [['sandbox', 'start', '--port', '99999'], 'A port is a number from 0 to 65535.'],
    [['sandbox', 'start', '--limit', 'many'], "It must look like 'ml.m5.large for training job usage=2'."],
    [['doctor', '--instance-type', 'gpu'], 'It must look like training=ml.m5.large'],
    [['--sandbox', '--aws', 'models', 'ls'], "--sandbox can't be used with --aws"],
  ])('%j is an error of usage', async (args, message) => {
    const { code, stderr, stdout } = await mlops(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    const json = await mlops([...args, '--json']);
    expect(json.json().error.code).toBe(2);
  });

  it.each([[['--help']], [['runs', '--help']], [['--version']]])('%j is none', async (args) => {
    const { code, stdout } = await mlops(args);
    expect(code).toBe(0);
    expect(stdout).not.toBe('');
  });
});

describe('mlops sandbox', () => {
  it('gives endpoint, region and account as JSON', async () => {
    const sandbox = {
      ...NO_SANDBOX,
      sandboxStatus: async () => ({ running: true, ...(await NO_SANDBOX.startSandbox()) }),
    };
    const { code, json } = await mlops(['sandbox', 'status', '--json'], { sandbox });
    expect(code).toBe(0);
    expect(json()).toMatchObject({ endpoint: 'http://127.0.0.1:4566', region: 'us-east-1', accountId: '000000000000' });
  });

  it('hands port, name, freshness and limits to the launcher, and its log to stderr', async () => {
    let asked: object = {};
    const sandbox: typeof NO_SANDBOX = {
      ...NO_SANDBOX,
      startSandbox: async (options = {}) => {
        asked = options;
        options.log?.('Port 1 is taken');
        return NO_SANDBOX.startSandbox();
      },
    };
    const limits = ['--limit', 'ml.m5.large for endpoint usage=2', '--limit', 'Number of models=3'];
    const args = ['sandbox', 'start', '--port', '1', '--name', 'x', '--fresh', ...limits, '--json'];
    const { json, stderr } = await mlops(args, { sandbox });
    expect(asked).toMatchObject({ port: 1, name: 'x', fresh: true });
    expect(asked).toMatchObject({ limits: { 'ml.m5.large for endpoint usage': 2, 'Number of models': 3 } });
    expect(json().pid).toBe(7);
    expect(stderr).toBe('Port 1 is taken\n');
  });

  it('stops and resets without asking AWS', async () => {
    expect((await mlops(['sandbox', 'stop'])).stdout).toBe('No sandbox was running.\n');
    expect(await mlops(['sandbox', 'reset', '--json'])).toMatchObject({ code: 0 });
  });
});

describe('mlops deploy', () => {
  it('says where it looked for the app', async () => {
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const { code, stderr } = await mlops(['deploy'], { cwd: folder, env });
    expect(code).toBe(2);
    expect(stderr).toContain(`${folder} holds no cdk.json.`);
  });
});

describe('mlops init', () => {
  it('writes a project whose files begin to work together', async () => {
    const { code, json } = await mlops(['init', 'churn', '--json'], { cwd: folder });
    expect(code).toBe(0);
    expect(json().files).toEqual([
      '.gitignore',
      'README.md',
      'app.ts',
      'cdk.json',
      'package.json',
      'src/inference.py',
      'src/prepare.py',
      'src/train.py',
      'tsconfig.json',
    ]);
    const manifest = JSON.parse(readFileSync(join(folder, 'churn/package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: 'churn', private: true, dependencies: { 'cdk-mlops': '^0.1.0' } });
    expect(JSON.parse(readFileSync(join(folder, 'churn/cdk.json'), 'utf8')).app).toContain('app.ts');
  });

  it('refuses a folder that holds something, lists it and writes nothing', async () => {
    writeFileSync(join(folder, 'thesis.doc'), '');
    mkdirSync(join(folder, 'photos'));
    const { code, stderr } = await mlops(['init'], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain('photos, thesis.doc');
    expect(existsSync(join(folder, 'app.ts'))).toBe(false);
  });

  it('begins around what installing the command has left, and keeps it', async () => {
    const installed = { name: 'mine', dependencies: { 'cdk-mlops': 'file:x.tgz' } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(installed));
    mkdirSync(join(folder, 'node_modules'));
    expect((await mlops(['init'], { cwd: folder })).code).toBe(0);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({
      name: 'mine',
      dependencies: { 'cdk-mlops': 'file:x.tgz', 'cdk-mlops-cli': '^0.1.0' },
    });
  });

  it('takes packed packages from a folder, and names the one that is missing', async () => {
    mkdirSync(join(folder, 'packed'));
    const missing = await mlops(['init', 'a', '--from', 'packed'], { cwd: folder });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('cdk-mlops-0.1.0.tgz') });
    for (const name of ['', '-cli', '-sandbox']) writeFileSync(join(folder, `packed/cdk-mlops${name}-0.1.0.tgz`), '');
    expect((await mlops(['init', 'b', '--from', 'packed'], { cwd: folder })).code).toBe(0);
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'b/package.json'), 'utf8'));
    expect(dependencies['cdk-mlops-sandbox']).toBe('file:../packed/cdk-mlops-sandbox-0.1.0.tgz');
  });

  it("has the example's scripts", () => {
    for (const file of ['prepare.py', 'train.py', 'inference.py']) {
      const read = (path: string) => readFileSync(join(__dirname, '../..', path, file), 'utf8');
      expect(read('cli/templates/src')).toBe(read('examples/healthcare/src'));
    }
  });
});
