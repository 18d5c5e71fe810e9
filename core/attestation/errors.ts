/** A signature, key or statement that can't be believed; the message says why, for people. */
export class AttestationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AttestationError';
  }
}
