/** Longer causes are stack traces, which help nobody who reads a list of releases. */
const LONGEST = 1500;

/** What Step Functions says of a failure, as a sentence for people; undefined where it says nothing. */
export function causeText(error?: string, cause?: string): string | undefined {
  const message = cause ? messageIn(cause).trim() : '';
  if (error === 'States.Timeout') return `a step took longer than it may. ${message}`.trim();
  const text = message || error;
  return text && text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** A function that throws leaves its message inside JSON. */
function messageIn(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' && errorMessage !== '' ? errorMessage : cause;
  } catch {
    return cause;
  }
}
