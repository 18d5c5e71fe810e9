import type { PolicySpec } from './contract';

/** Properties of a policy on personal data. */
export interface PiiPolicyProps {
  /** Columns in which personal data may reach training. @default - those that a privacy rule allows */
  readonly allowed?: string[];
  /** Share of the rows that must have been scanned, above 0 up to 1. @default 1 */
  readonly minScanned?: number;
}

/** What may become of pickles, which run code when they are loaded. */
export enum PicklePolicy {
  /** The archive holds none. */
  REFUSE = 'refuse',
  /** Each imports only what models need. */
  SCAN = 'scan',
}

/** Properties of a policy on what a model's archive holds. */
export interface ArchiveProps {
  /** @default PicklePolicy.SCAN */
  readonly pickles?: PicklePolicy;
  /** What pickles may import beside the library's own list, as `module.name` or `module.*`. @default - nothing */
  readonly allow?: string[];
}

/** Everything wrong with a policy on personal data. @internal */
export function piiProblems({ minScanned = 1 }: PiiPolicyProps): string[] {
  return minScanned > 0 && minScanned <= 1 ? [] : [`minScanned is a share above 0 up to 1, received ${minScanned}`];
}

/** Everything wrong with a policy on the archive. @internal */
export function archiveProblems({ allow = [] }: ArchiveProps): string[] {
  const bad = allow.filter((name) => !/^[A-Za-z_]\w*(\.\w+)*\.(\w+|\*)$/.test(name));
  return bad.map((name) => `allow takes module.name or module.*, received '${name}'`);
}

/** The policy as the gate's handler reads it. @internal */
export const archiveSpec = ({ pickles, allow }: ArchiveProps): PolicySpec => ({
  kind: 'archive',
  id: 'archive',
  pickles: pickles === PicklePolicy.REFUSE ? 'refuse' : 'scan',
  allow,
});
