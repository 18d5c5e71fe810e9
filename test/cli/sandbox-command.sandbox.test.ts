import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as launcher from 'cdk-mlops-sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../cli/src/context';
import { mlops } from './run-command';

/** A project of its own; the command in it finds its state by the folder, as in a shell. */
let project: string;
const stateDir = () => join(project, '.mlops', 'sandbox');
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'mlops-project-'));
  writeFileSync(join(project, 'cdk.json'), '{}');
});
afterAll(async () => {
  await launcher.resetSandbox({ stateDir: stateDir() });
  rmSync(project, { recursive: true, force: true });
});

const inProject = <T extends object>(options?: T) => ({ ...options, stateDir: stateDir() });
/** The real launcher, told the folder that it would derive from the working folder of a process of its own. */
const sandbox: Host['sandbox'] = {
  ...launcher,
  startSandbox: (options) => launcher.startSandbox(inProject(options)),
  stopSandbox: (options) => launcher.stopSandbox(inProject(options)),
  resetSandbox: (options) => launcher.resetSandbox(inProject(options)),
  sandboxStatus: (options) => launcher.sandboxStatus(inProject(options)),
  readBackStacks: (options) => launcher.readBackStacks(inProject(options)),
  interruptJob: (job, options) => launcher.interruptJob(job, inProject(options)),
};
const command = async (...args: string[]) => {
  const { code, stderr, json } = await mlops(['sandbox', ...args, '--json'], { sandbox, cwd: project });
  return { code, stderr, json: json() };
};

describe.sequential('mlops sandbox against a real one', () => {
  it('says that none runs, and stops none', async () => {
    expect(await command('status')).toMatchObject({ code: 0, json: { running: false, stateDir: stateDir() } });
    expect(await command('stop')).toMatchObject({ code: 0, json: { stopped: false } });
  });

  it('says that there is no sandbox whose job could be interrupted', async () => {
    const { code, stderr } = await mlops(['sandbox', 'interrupt', 'job'], { sandbox, cwd: project });
    expect(code).not.toBe(0);
    expect(stderr).toContain('No sandbox runs');
  });

  it('starts on another port than a taken one, says so, and is found running', async () => {
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    const { port } = busy.address() as { port: number };
    const started = await command('start', '--port', String(port));
    busy.close();
    expect(started, started.stderr).toMatchObject({ code: 0, json: { region: 'us-east-1', stateDir: stateDir() } });
    expect(started.stderr).toContain(`Port ${port} is taken`);
    expect(started.json.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(started.json.endpoint).not.toContain(`:${port}`);

    const { endpoint, pid } = started.json;
    expect((await command('start')).json).toMatchObject({ endpoint, pid });
    expect((await command('status')).json).toMatchObject({ running: true, endpoint, pid, accountId: '000000000000' });
    const models = await mlops(['--json', '--sandbox', 'models', 'ls'], { sandbox, cwd: project });
    expect(models.code, models.stdout).toBe(4);
    expect(models.json().error.message).toMatch(/platform/);
  });

  it('stops it once, and keeps its port for the next start', async () => {
    const { endpoint } = (await command('status')).json;
    expect(await command('stop')).toMatchObject({ code: 0, json: { stopped: true } });
    expect((await command('status')).json.running).toBe(false);
    expect((await command('stop')).json).toEqual({ stopped: false });
    expect((await command('start')).json.endpoint).toBe(endpoint);
  });

  it('resets it, twice', async () => {
    expect(await command('reset')).toMatchObject({ code: 0, json: { reset: true } });
    expect((await command('status')).json).toEqual({ running: false, stateDir: stateDir() });
    expect((await command('reset')).code).toBe(0);
  });
});
