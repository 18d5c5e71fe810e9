/** The longest reason that is kept: whole stack traces help nobody who reads a list. */
const LONGEST = 1500;

/** The part of a cause that is meant for people: a function's message, or a job's reason, out of the JSON around it. */
const messageIn = (cause: string): string => {
  try {
    const value = JSON.parse(cause) as Record<string, unknown>;
    const told = value.errorMessage ?? value.FailureReason ?? value.message ?? value.Message;
    return typeof told === 'string' && told !== '' ? told : cause;
  } catch {
    return cause;
  }
};

/** What Step Functions says of a failure, in a sentence; undefined where it says nothing. */
export const causeText = (error?: string, cause?: string): string | undefined => {
  const message = cause ? messageIn(cause).trim() : '';
  if (error === 'States.Timeout') return `it took longer than its state allows. ${message}`.trim();
  const text = message || error;
  if (!text) return undefined;
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
};
