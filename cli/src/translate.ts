import { CommandError } from './errors';
import { EXIT, type ExitCode } from './exit-codes';

/** What is known of the target when an error is translated. */
export interface ErrorContext {
  readonly endpoint?: string;
  readonly kind?: 'sandbox' | 'endpoint' | 'aws';
}

interface Rule {
  readonly when: (error: Fault) => boolean;
  readonly exitCode: ExitCode;
  readonly message: (error: Fault, context: ErrorContext) => string;
  readonly hint?: (error: Fault, context: ErrorContext) => string | undefined;
}

interface Fault {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

const START_SANDBOX = 'See whether it runs: mlops sandbox status. Start it with: mlops sandbox start';
const named =
  (...names: string[]) =>
  (error: Fault) =>
    names.includes(error.name);
const CONNECTION =
  /ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|TimeoutError|socket hang up/;

const RULES: readonly Rule[] = [
  {
    when: named('SandboxError'),
    exitCode: EXIT.failed,
    message: (error) => error.message,
  },
  {
    when: (error) => error.name === 'CredentialsProviderError' && /profile/i.test(error.message),
    exitCode: EXIT.access,
    message: (error) => `The AWS profile gave no credentials: ${error.message}`,
    hint: () => 'List your profiles with: aws configure list-profiles. For single sign-on: aws sso login',
  },
  {
    when: (error) => error.name === 'CredentialsProviderError' || /could not load credentials/i.test(error.message),
    exitCode: EXIT.access,
    message: () => 'No AWS credentials were found.',
    hint: () =>
      'Give --profile, set AWS_PROFILE, or sign in with: aws sso login. To work without AWS: mlops sandbox start',
  },
  {
    when: named('ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'),
    exitCode: EXIT.access,
    message: () => 'The AWS credentials have expired.',
    hint: () => 'Sign in again, for instance with: aws sso login',
  },
  {
    when: named(
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
    ),
    exitCode: EXIT.access,
    message: (error) => `AWS does not accept these credentials: ${error.message}`,
    hint: () => 'See who you are with: aws sts get-caller-identity',
  },
  {
    when: (error) => /AccessDenied|NotAuthorized|UnauthorizedOperation|^Forbidden/.test(error.name),
    exitCode: EXIT.access,
    message: (error) => accessDenied(error.message),
    hint: () => 'Ask whoever runs the platform for this permission.',
  },
  {
    when: (error) => /region is missing|ConfigError.*region/i.test(error.message),
    exitCode: EXIT.usage,
    message: () => 'No AWS region is set.',
    hint: () => 'Give --region, or set AWS_REGION, or a region in the profile.',
  },
  {
    when: (error) => CONNECTION.test(`${error.code ?? ''} ${error.name} ${error.message}`),
    exitCode: EXIT.unreachable,
    message: (error, context) =>
      context.kind === 'aws' || !context.endpoint
        ? `AWS could not be reached: ${error.message || error.code}`
        : `Nothing answers at ${context.endpoint}: ${error.message || error.code}`,
    hint: (_, context) =>
      context.kind === 'aws' || !context.endpoint ? 'Check the network, the proxy and the region.' : START_SANDBOX,
  },
  {
    when: (error) => /Throttl|TooManyRequests|SlowDown/.test(error.name),
    exitCode: EXIT.failed,
    message: (error) => `AWS throttles these requests: ${error.message}`,
    hint: () => 'Wait a little and try again.',
  },
  {
    when: (error) => error.code === 'ENOSPC',
    exitCode: EXIT.failed,
    message: () => 'The disk is full.',
    hint: () => 'Free some space and run the command again: it goes on from what is there.',
  },
  {
    when: (error) => ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EPERM'].includes(error.code ?? ''),
    exitCode: EXIT.usage,
    message: (error) => fileProblem(error),
  },
];

/** Any error as one for the person at the keyboard: what was wrong, and what to do. */
export function translate(error: unknown, context: ErrorContext = {}): CommandError {
  if (error instanceof CommandError) return error;
  const fault = faultOf(error);
  const rule = RULES.find(({ when }) => when(fault));
  if (!rule) return new CommandError(fault.message || fault.name, { cause: error, hint: nameHint(fault) });
  return new CommandError(rule.message(fault, context), {
    exitCode: rule.exitCode,
    hint: rule.hint?.(fault, context),
    cause: error,
  });
}

/** An AggregateError (both address families refused, for instance) has its text in its first part. */
function faultOf(error: unknown): Fault {
  if (error instanceof AggregateError && error.errors.length > 0) return faultOf(error.errors[0]);
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { code } = error as NodeJS.ErrnoException;
  return { name: error.name, message: error.message, ...(typeof code === 'string' ? { code } : {}) };
}

/** `… is not authorized to perform: ssm:GetParameter on resource: …`, as AWS writes it. */
function accessDenied(message: string): string {
  const action = /perform:?\s+([a-z0-9-]+:[A-Za-z*]+)/.exec(message)?.[1];
  const resource = /on resource:?\s+(\S+)/.exec(message)?.[1];
  if (!action) return `Access denied: ${message}`;
  return `Access denied: your identity may not do ${action}${resource ? ` on ${resource}` : ''}.`;
}

function fileProblem(error: Fault): string {
  const path = /'([^']+)'/.exec(error.message)?.[1];
  const what: Record<string, string> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read or written',
    EPERM: 'may not be changed',
    EISDIR: 'is a folder, not a file',
    ENOTDIR: 'is a file, not a folder',
  };
  return path ? `${path} ${what[error.code ?? ''] ?? 'could not be read'}.` : error.message;
}

function nameHint(fault: Fault): string | undefined {
  return fault.name === 'Error' || fault.name === 'CommandError' ? undefined : `(${fault.name})`;
}
