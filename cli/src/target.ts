import type { SandboxInfo } from 'cdk-mlops-sandbox';
import { CommandError, usageError } from './errors';
import { EXIT } from './exit-codes';

export interface TargetFlags {
  readonly sandbox?: boolean;
  readonly aws?: boolean;
  readonly profile?: string;
  readonly region?: string;
}

/** Where a command acts, and the environment that takes AWS's SDKs and the CDK there. */
export interface Target {
  readonly kind: 'sandbox' | 'endpoint' | 'aws';
  /** The one AWS endpoint URL, for sandbox and endpoint. */
  readonly endpoint?: string;
  /** One phrase for people. */
  readonly description: string;
  /** Variables to set, and with undefined to remove. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface TargetSources {
  readonly env: NodeJS.ProcessEnv;
  /** The project's running sandbox. */
  readonly findSandbox: () => Promise<SandboxInfo | undefined>;
  readonly sandboxEnv: (info: SandboxInfo) => Record<string, string | undefined>;
}

const STATIC_CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;

/**
 * The first that applies: `--sandbox` and `--aws` (or `--profile`, which means AWS); AWS_ENDPOINT_URL; the project's
 * running sandbox; AWS. A running sandbox comes before credentials in the environment, so that nothing that costs money
 * starts because a shell happens to have a profile.
 */
export async function chooseTarget(flags: TargetFlags, sources: TargetSources): Promise<Target> {
  if (flags.sandbox && (flags.aws || flags.profile)) {
    throw usageError(`--sandbox can't be used with ${flags.aws ? '--aws' : '--profile'}: choose one.`);
  }
  if (flags.aws || flags.profile) return awsTarget(flags, sources.env);
  if (flags.sandbox) return sandboxTarget(flags, sources, await requireSandbox(sources));
  if (sources.env.AWS_ENDPOINT_URL) return endpointTarget(flags, sources.env, sources.env.AWS_ENDPOINT_URL);
  const running = await sources.findSandbox();
  return running ? sandboxTarget(flags, sources, running) : awsTarget(flags, sources.env);
}

/** Sets and removes the target's variables in `env`, by default this process's. */
export function applyTarget(target: Target, env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, value] of Object.entries(target.env)) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
}

async function requireSandbox(sources: TargetSources): Promise<SandboxInfo> {
  const running = await sources.findSandbox();
  if (running) return running;
  throw new CommandError('No sandbox runs for this project.', {
    exitCode: EXIT.unreachable,
    hint: 'Start it with: mlops sandbox start',
  });
}

function sandboxTarget(flags: TargetFlags, sources: TargetSources, info: SandboxInfo): Target {
  return {
    kind: 'sandbox',
    endpoint: info.endpoint,
    description: `the sandbox at ${info.endpoint}`,
    env: { ...sources.sandboxEnv(info), ...regionEnv(flags.region) },
  };
}

function endpointTarget(flags: TargetFlags, env: NodeJS.ProcessEnv, endpoint: string): Target {
  const url = parseEndpoint(endpoint);
  // A local endpoint checks no credentials, but an SDK that finds none refuses to sign.
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  const anonymous = local && !env.AWS_ACCESS_KEY_ID && !env.AWS_PROFILE;
  return {
    kind: 'endpoint',
    endpoint: url.origin,
    description: `the endpoint ${url.origin} (AWS_ENDPOINT_URL)`,
    env: {
      AWS_ENDPOINT_URL: url.origin,
      ...(anonymous ? { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' } : {}),
      ...(local && !env.AWS_REGION && !env.AWS_DEFAULT_REGION ? regionEnv('us-east-1') : {}),
      ...regionEnv(flags.region),
    },
  };
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw usageError(`AWS_ENDPOINT_URL is '${endpoint}', which is no http or https URL.`, 'Correct or unset it.');
}

function awsTarget(flags: TargetFlags, env: NodeJS.ProcessEnv): Target {
  const endpoints = Object.keys(env).filter((name) => name.startsWith('AWS_ENDPOINT_URL'));
  const profile = flags.profile ?? env.AWS_PROFILE;
  const fixed = flags.profile ? STATIC_CREDENTIALS.map((name) => [name, undefined]) : [];
  return {
    kind: 'aws',
    description: `AWS${profile ? `, profile ${profile}` : ''}${flags.region ? `, region ${flags.region}` : ''}`,
    env: {
      ...Object.fromEntries([...endpoints.map((name) => [name, undefined]), ...fixed]),
      ...(flags.profile ? { AWS_PROFILE: flags.profile } : {}),
      ...regionEnv(flags.region),
    },
  };
}

function regionEnv(region: string | undefined): Record<string, string> {
  return region ? { AWS_REGION: region, AWS_DEFAULT_REGION: region, CDK_DEFAULT_REGION: region } : {};
}
