import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface GitState {
  readonly commit: string;
  /** Whether the folder differs from the commit, untracked files included. */
  readonly dirty: boolean;
}

const execute = promisify(execFile);

/** The commit that a folder is at; undefined outside a repository, before its first commit, and without git. */
export async function gitState(folder: string): Promise<GitState | undefined> {
  const git = async (...args: string[]) => (await execute('git', ['-C', folder, ...args])).stdout.trim();
  try {
    const commit = await git('rev-parse', '--verify', 'HEAD');
    return { commit, dirty: (await git('status', '--porcelain', '--', '.')) !== '' };
  } catch {
    return undefined;
  }
}
