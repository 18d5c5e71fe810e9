/** An error for the person at the keyboard: what was wrong, the value received, what to do. Shown without its stack. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
}
