import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { checkCaller, readOptIn } from '../../scripts/aws/opt-in';
import { FLOWS, planOf } from '../../scripts/aws/plan';
import setup from '../support/aws';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAMED = ['--account', '111122223333', '--region', 'eu-west-1'];

describe('npm run test:aws begins only where', () => {
  it.each([
    ['no account and region are named', [], {}, /cost money. Say in which account and region/],
    ['the region is named too', ['--account', '111122223333'], {}, /Say in which/],
    ['the account is one', ['--account', '1111', '--region', 'eu-west-1'], {}, /'1111', which is not a number of 12/],
    ['the account is of AWS', ['--account', '000000000000', '--region', 'eu-west-1'], {}, /the sandbox's account/],
    ['the region is one', ['--account', '111122223333', '--region', 'here'], {}, /'here', which is no region/],
    ['nothing leads to a sandbox', NAMED, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }, /^AWS_ENDPOINT_URL leads/],
    ['no service is led elsewhere', NAMED, { AWS_ENDPOINT_URL_S3: 'http://x' }, /^AWS_ENDPOINT_URL_S3 leads/],
    ['each argument is known', [...NAMED, '--yess'], {}, /--yess is unknown/],
    ['the limit is an amount', [...NAMED, '--max-usd', 'much'], {}, /'much': give an amount/],
  ])('%s', (_, args, env, refusal) => {
    expect(() => readOptIn(args, env)).toThrow(refusal);
  });

  it('the credentials are those of the account that was named', () => {
    const optIn = readOptIn(NAMED, {});
    expect(() => checkCaller(optIn, { Account: '444455556666', Arn: 'arn:aws:iam::444455556666:user/x' })).toThrow(
      /user\/x, account 444455556666; --account says 111122223333. Nothing was done/,
    );
    expect(() => checkCaller(optIn, { Account: '111122223333' })).not.toThrow();
  });

  it('its own command has set the stage', () => {
    expect(() => setup({ provide: vi.fn() })).toThrow('Start them by: npm run test:aws');
  });
});

describe('its plan', () => {
  const run = (...args: string[]) => {
    const { AWS_ENDPOINT_URL: _, ...env } = process.env;
    const program = ['--import', 'tsx', 'scripts/test-aws.ts', ...args];
    return spawnSync(process.execPath, program, { cwd: ROOT, env, encoding: 'utf8' });
  };

  it('counts every file of flows that runs there', () => {
    const files = readdirSync(new URL('../flows', import.meta.url)).filter((name) => name.endsWith('.sandbox.test.ts'));
    expect(files).toEqual(expect.arrayContaining(FLOWS.map(({ file }) => `${file}.sandbox.test.ts`)));
    const { text, usd, stacks } = planOf(readOptIn(NAMED, {}), 'flows-1a2b3c');
    for (const { file } of FLOWS) expect(text).toContain(`  ${file}: `);
    expect(stacks.every((stack) => stack.startsWith('flows-1a2b3c'))).toBe(true);
    expect(usd).toBeGreaterThan(2);
    expect(text).toContain('account 111122223333, region eu-west-1');
  });

  it('is shown by a dry run, which asks AWS for nothing', () => {
    const { status, stdout, stderr } = run(...NAMED, '--dry-run');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/Estimate.*together \$\d.*nothing was asked of AWS, and nothing was made/s);
  });

  it('is shown, and not run, without a yes; nor above its limit with one', () => {
    const shown = run(...NAMED);
    expect(shown).toMatchObject({ status: 2, stdout: expect.stringContaining('Estimate') });
    expect(shown.stderr).toContain('Nothing was done. Say --yes');
    const dear = run(...NAMED, '--yes', '--max-usd', '1');
    expect(dear).toMatchObject({ status: 2, stderr: expect.stringContaining('above --max-usd. Nothing was done') });
  });
});
