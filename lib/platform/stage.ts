/** Where in its way to production a deployment stands; safety defaults follow from it. */
export enum Stage {
  /** For development: approval may be automatic, resources may be removed with the stack. */
  DEV = 'dev',
  /** For acceptance: as production, without the locks that can't be undone. */
  TEST = 'test',
  /** For production: deletion protection, object lock, manual approval, the stack's source only. */
  PROD = 'prod',
}
