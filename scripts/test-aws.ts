/**
 * `npm run test:aws`: the flows of `npm test` against the real AWS, with the caller's credentials. It costs money, so it
 * begins only where account and region are named and the plan is agreed to; whatever happens, it cleans up afterwards.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { runCdk } from '../cli/src/deploy/cdk';
import { cleanUp } from './aws/clean-up';
import { checkCaller, type OptIn, Refusal, readOptIn } from './aws/opt-in';
import { type Plan, planOf } from './aws/plan';
import { buildLambdas } from './build-lambdas';

const ROOT = join(__dirname, '..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const optIn = readOptIn(process.argv.slice(2), process.env);
  const plan = planOf(optIn, `flows-${randomBytes(3).toString('hex')}`);
  say(plan.text);
  if (plan.usd > optIn.maxUsd) throw new Refusal('The estimate is above --max-usd. Nothing was done.');
  if (optIn.dryRun) {
    say('\nA dry run: nothing was asked of AWS, and nothing was made.');
    return 0;
  }
  if (!optIn.yes) throw new Refusal('\nNothing was done. Say --yes to run this plan, or --dry-run to see it alone.');
  useAws(optIn);
  checkCaller(optIn, await new STSClient({}).send(new GetCallerIdentityCommand({})));
  await buildLambdas();
  const folder = join(ROOT, '.mlops/aws', plan.platform);
  mkdirSync(folder, { recursive: true });
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const status = await runFlows(optIn, plan, folder, interrupted.signal);
  const clean = await cleanedUp(optIn, plan, folder);
  return status === 0 && clean ? 0 : 1;
}

/** This process, and all that it starts, speaks to AWS: endpoints in a profile are ignored too. */
function useAws({ region, profile, accountId }: OptIn): void {
  const settings = {
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
    ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, CDK_DEFAULT_REGION: region, CDK_DEFAULT_ACCOUNT: accountId },
    ...(profile ? { AWS_PROFILE: profile } : {}),
  };
  Object.assign(process.env, settings);
}

function runFlows(optIn: OptIn, plan: Plan, folder: string, signal: AbortSignal): Promise<number> {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const target = JSON.stringify({ region: optIn.region, accountId: optIn.accountId, stateDir: folder });
  const env = { ...process.env, MLOPS_TEST_AWS: target, MLOPS_TEST_PLATFORM: plan.platform };
  return new Promise((done) => {
    const child = spawn(process.execPath, [vitest, 'run', '--project=aws'], { cwd: ROOT, env, stdio: 'inherit' });
    signal.addEventListener('abort', () => child.kill('SIGINT'));
    child.once('close', (code) => done(code ?? 1));
  });
}

async function cleanedUp({ region }: OptIn, plan: Plan, folder: string): Promise<boolean> {
  say('\nCleaning up.');
  const before = await cleanUp(plan.platform, { region });
  let destroyed = true;
  await runCdk(['destroy', '--all', '--force', '--app', join(folder, 'flows/cdk.out'), '--no-notices'], {
    cwd: ROOT,
    env: process.env,
    onLine: say,
  }).catch((error: Error) => {
    destroyed = false;
    say(error.message);
  });
  const after = await cleanUp(plan.platform, { region });
  const left = [...before.left.filter((each) => after.left.includes(each)), ...after.left];
  say(`Deleted outside of the stacks: ${[...before.deleted, ...after.deleted].length}.`);
  if (destroyed && left.length === 0) return true;
  say(
    `Left, and costing money: ${[...(destroyed ? [] : plan.stacks.map((stack) => `stack ${stack}`)), ...new Set(left)].join('\n  ')}`,
  );
  say('Delete it by hand.');
  return false;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error instanceof Refusal ? 2 : 1;
  },
);
