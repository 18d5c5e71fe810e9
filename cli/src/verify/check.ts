/** One thing that was checked of a version, and how it came out. */
export interface Check {
  readonly part: string;
  readonly passed: boolean;
  /** What was found, for people. */
  readonly found: string;
}

/** Whether bytes have the SHA-256 that was signed for them. */
export const digestCheck = (part: string, found: string, signed: string | undefined): Check => {
  if (signed === undefined) return { part, passed: false, found: `the statement signs no ${part}` };
  if (found === signed) return { part, passed: true, found: `sha256 ${found}` };
  return { part, passed: false, found: `sha256 ${found}, signed was ${signed}` };
};
