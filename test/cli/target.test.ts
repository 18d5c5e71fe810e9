import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyTarget, chooseTarget, type TargetFlags } from '../../cli/src/target';

const sandbox = {
  endpoint: 'http://127.0.0.1:4566',
  region: 'us-east-1',
  accountId: '000000000000',
  pid: 1,
  stateDir: '/state',
};
const choose = (flags: TargetFlags, env: NodeJS.ProcessEnv = {}, running = false) =>
  chooseTarget(flags, {
    env,
    findSandbox: async () => (running ? sandbox : undefined),
    sandboxEnv: ({ endpoint }) => ({ AWS_ENDPOINT_URL: endpoint, AWS_PROFILE: undefined }),
  });

describe('the target', () => {
  it.each([
    ['--sandbox before everything', { sandbox: true }, { AWS_ENDPOINT_URL: 'http://x' }, true, 'sandbox'],
    ['--aws before everything', { aws: true }, { AWS_ENDPOINT_URL: 'http://x' }, true, 'aws'],
    ['--profile means AWS', { profile: 'p' }, {}, true, 'aws'],
    ['AWS_ENDPOINT_URL before a running sandbox', {}, { AWS_ENDPOINT_URL: 'http://x' }, true, 'endpoint'],
    [
      'a running sandbox before credentials of the shell',
      {},
      { AWS_PROFILE: 'prod', AWS_ACCESS_KEY_ID: 'a' },
      true,
      'sandbox',
    ],
    ['AWS where nothing else is said', {}, {}, false, 'aws'],
  ])('%s', async (_, flags, env, running, kind) => {
    expect((await choose(flags, env, running)).kind).toBe(kind);
  });

  it('refuses contradictions, a missing sandbox and a broken URL', async () => {
    await expect(choose({ sandbox: true, aws: true })).rejects.toMatchObject({ exitCode: 2 });
    await expect(choose({ sandbox: true, profile: 'p' })).rejects.toMatchObject({ exitCode: 2 });
    await expect(choose({ sandbox: true })).rejects.toMatchObject({ exitCode: 8 });
    await expect(choose({}, { AWS_ENDPOINT_URL: 'localhost:4566' })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('never leaves an endpoint in the environment when it is AWS', () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.stringMatching(/^AWS_ENDPOINT_URL(_[A-Z]{1,6})?$/), fc.webUrl()),
        async (endpoints) => {
          const env: NodeJS.ProcessEnv = { ...endpoints, HOME: '/home' };
          applyTarget(await choose({ aws: true }, env, true), env);
          expect(env).toEqual({ HOME: '/home' });
        },
      ),
    ));

  it('lets an explicit profile win over keys in the environment', async () => {
    const env: NodeJS.ProcessEnv = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' };
    applyTarget(await choose({ profile: 'prod', region: 'eu-west-1' }, env), env);
    expect(env).toMatchObject({ AWS_PROFILE: 'prod', AWS_REGION: 'eu-west-1' });
    expect(env.AWS_ACCESS_KEY_ID).toBeUndefined();
  });

  it('signs for a local endpoint with any key, and for a remote one with real ones only', async () => {
    expect((await choose({}, { AWS_ENDPOINT_URL: 'http://localhost:1' })).env.AWS_ACCESS_KEY_ID).toBe('test');
    expect((await choose({}, { AWS_ENDPOINT_URL: 'https://vpce.example.com' })).env.AWS_ACCESS_KEY_ID).toBeUndefined();
    const own = await choose({}, { AWS_ENDPOINT_URL: 'http://localhost:1', AWS_ACCESS_KEY_ID: 'mine' });
    expect(own.env.AWS_ACCESS_KEY_ID).toBeUndefined();
  });
});
