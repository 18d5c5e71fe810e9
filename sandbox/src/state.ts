import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxInfo } from './config';
import type { ProcessIdentity } from './process';

export const STATE_FILE = 'sandbox.json';
export const CONFIG_FILE = 'config.json';
export const LOG_FILE = 'sandbox.log';

/** What a ready daemon leaves in its state directory, so that another process can find it, and stop it and no other. */
export interface SandboxRecord extends SandboxInfo {
  readonly id: string;
  readonly name: string;
  readonly processes: { readonly daemon: ProcessIdentity; readonly miniStack: ProcessIdentity };
}

/** The JSON of a file in the state directory; undefined where it is missing or was cut short by a crash. */
export function readState<T>(stateDir: string, file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(join(stateDir, file), 'utf8')) as T;
  } catch {
    return undefined;
  }
}

export const readRecord = (stateDir: string) => readState<SandboxRecord>(stateDir, STATE_FILE);
