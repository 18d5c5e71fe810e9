/** What must hold before a flow may run on AWS, decided without any call. */
export interface OptIn {
  readonly accountId: string;
  readonly region: string;
  readonly profile?: string;
  /** The most that the estimate may be, in US dollars. */
  readonly maxUsd: number;
  readonly dryRun: boolean;
  /** The person has seen the plan and says go. */
  readonly yes: boolean;
}

export class Refusal extends Error {}

const USAGE =
  'npm run test:aws -- --account <12 digits> --region <region> [--profile <name>] [--max-usd 20] [--dry-run] [--yes]';
const SANDBOX_ACCOUNT = '000000000000';
const DEFAULT_MAX_USD = 20;

/** Reads the command line and the environment; nothing is assumed, neither account nor region nor consent. */
export function readOptIn(args: readonly string[], env: NodeJS.ProcessEnv): OptIn {
  const values = parse(args);
  const endpoints = Object.keys(env).filter((name) => name.startsWith('AWS_ENDPOINT_URL') && env[name]);
  if (endpoints.length > 0) {
    throw new Refusal(
      `${endpoints.join(', ')} leads elsewhere than to AWS: these flows run on the real AWS only. Unset it, and try again. ` +
        'The same flows run in the sandbox by: npm test',
    );
  }
  const { account, region, profile } = values;
  if (!account || !region) {
    throw new Refusal(`These flows run on AWS and cost money. Say in which account and region:\n  ${USAGE}`);
  }
  if (!/^\d{12}$/.test(account)) throw new Refusal(`--account is '${account}', which is not a number of 12 digits.`);
  if (account === SANDBOX_ACCOUNT) throw new Refusal(`${SANDBOX_ACCOUNT} is the sandbox's account, not one of AWS.`);
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) throw new Refusal(`--region is '${region}', which is no region of AWS.`);
  const maxUsd = Number(values['max-usd'] ?? DEFAULT_MAX_USD);
  if (!Number.isFinite(maxUsd) || maxUsd <= 0)
    throw new Refusal(`--max-usd is '${values['max-usd']}': give an amount above 0.`);
  return {
    accountId: account,
    region,
    ...(profile ? { profile } : {}),
    maxUsd,
    dryRun: 'dry-run' in values,
    yes: 'yes' in values,
  };
}

const FLAGS = new Set(['dry-run', 'yes']);
const OPTIONS = new Set(['account', 'region', 'profile', 'max-usd']);

function parse(args: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (let at = 0; at < args.length; at++) {
    const name = args[at]!.replace(/^--/, '');
    if (FLAGS.has(name)) values[name] = '';
    else if (OPTIONS.has(name) && args[at + 1] !== undefined) values[name] = args[++at]!;
    else throw new Refusal(`${args[at]} is unknown or lacks its value. Use:\n  ${USAGE}`);
  }
  return values;
}

/** Whom the credentials belong to must be whom the person named. */
export function checkCaller(optIn: OptIn, caller: { readonly Account?: string; readonly Arn?: string }): void {
  if (caller.Account === optIn.accountId) return;
  throw new Refusal(
    `The credentials are those of ${caller.Arn ?? 'nobody known'}, account ${caller.Account ?? 'unknown'}; ` +
      `--account says ${optIn.accountId}. Nothing was done.`,
  );
}
