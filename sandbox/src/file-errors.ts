import { SandboxError } from './errors';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it may not be written by this user',
  EPERM: 'it may not be written by this user',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of disk space is used up',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file is in the way',
  ENAMETOOLONG: 'its name is too long',
};

/** A failure of the file system as a sentence with the path and what to do; every other error as it is. */
export function explainFileError(error: unknown, stateDir: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = code && REASONS[code];
  if (!reason) return error;
  return new SandboxError(
    `The sandbox can't keep its state in ${stateDir}: ${path && path !== stateDir ? `${path}: ` : ''}${reason} (${code}). ` +
      'Make room or make it writable, or start the sandbox from another folder.',
  );
}
