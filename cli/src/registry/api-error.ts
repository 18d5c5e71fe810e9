import { CommandError } from '../errors';
import { EXIT, type ExitCode } from '../exit-codes';

interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly problems?: readonly unknown[];
}

const EXIT_BY_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.access,
  403: EXIT.access,
  404: EXIT.notFound,
  409: EXIT.conflict,
  412: EXIT.conflict,
  413: EXIT.usage,
  422: EXIT.usage,
};

const HINT_BY_STATUS: Readonly<Record<number, string>> = {
  403: 'Your identity may not call this route of the registry API: ask for execute-api:Invoke on it.',
  429: 'The registry throttles these requests: wait a little and try again.',
};

/** The registry's refusal, `{code, message}`, as the command's error; also what a gateway answers in its place. */
export function apiError(status: number, body: string): CommandError {
  const parsed = parse(body);
  const exitCode = EXIT_BY_STATUS[status] ?? EXIT.failed;
  const message = parsed.message ?? `The registry answered ${status}${body ? `: ${body.slice(0, 300)}` : ''}`;
  // An answer without a code comes from the gateway, before the registry saw the request.
  const hint = parsed.code ? undefined : HINT_BY_STATUS[status];
  return new CommandError(message, { exitCode, ...(hint ? { hint } : {}) });
}

function parse(body: string): ErrorBody {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as ErrorBody) : {};
  } catch {
    return {};
  }
}
