/** What the command's exit code tells a script; docs/cli.md lists them for people. */
export const EXIT = {
  ok: 0,
  /** Something failed: a run, a release, a deploy, a service. */
  failed: 1,
  /** The command line or the input is wrong; nothing was done. */
  usage: 2,
  /** Data, governance or a person said no. */
  rejected: 3,
  notFound: 4,
  timeout: 5,
  /** A run or release was stopped. */
  stopped: 6,
  /** No credentials, expired ones, or a permission is missing. */
  access: 7,
  /** The sandbox or the service does not answer. */
  unreachable: 8,
  /** Someone else was first, or the thing is in a state that does not allow it. */
  conflict: 9,
  /** Ctrl-C. What runs on AWS or in the sandbox goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code for the final state of a run or a release. */
export function exitCodeOf(status: string): ExitCode {
  if (status === 'SUCCEEDED') return EXIT.ok;
  if (status === 'REJECTED') return EXIT.rejected;
  if (status === 'STOPPED') return EXIT.stopped;
  return EXIT.failed;
}
