import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ONLY_ON_AWS, PROVOKED } from '../../test/permissions/only-on-aws';
import { permissionsReport, type Report } from './report';
import { faultsOf } from './review';
import type { Snapshot } from './snapshot';

/** What the tests' sandbox leaves behind, for the judgement of its roles. */
export const SNAPSHOT = join(__dirname, '../../.mlops/permissions.json');

/** The stacks of the flows: the platform and its models. */
const isOurs = (stack: string): boolean => stack === 'flows' || stack.startsWith('flows-');

export interface Checked {
  readonly report: Report;
  /** What is wrong, a line each. */
  readonly faults: readonly string[];
}

/** Judges the last run of the flows; undefined where there was none. */
export async function checkPermissions(): Promise<Checked | undefined> {
  if (!existsSync(SNAPSHOT)) return undefined;
  const report = await permissionsReport(JSON.parse(readFileSync(SNAPSHOT, 'utf8')) as Snapshot, isOurs);
  return { report, faults: faultsOf(report, ONLY_ON_AWS, PROVOKED) };
}
