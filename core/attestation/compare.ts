import { canonicalJson } from '../digest';
import { type VersionFacts, type VersionStatement, versionStatement } from './version-statement';

/** What people call the parts of a statement. */
const NAMES: Readonly<Record<string, string>> = {
  model: 'model',
  runId: 'run',
  archive: 'archive',
  inferenceCode: 'inference code',
  image: 'image',
  environment: 'environment',
  dataManifest: 'data manifest',
  testData: 'held-out rows',
  contentType: 'content type',
};

/** Where a version, as it is now, differs from what was signed: one clause each, none where all is the same. */
export function differencesFrom(statement: VersionStatement, facts: VersionFacts): string[] {
  const signed = statement.predicate as unknown as Record<string, unknown>;
  const { evidence: nowEvidence, ...now } = versionStatement(facts).predicate;
  const parts = Object.entries(now).map(([part, value]) => difference(NAMES[part] ?? part, signed[part], value));
  const signedEvidence = statement.predicate.evidence ?? {};
  const kinds = [...new Set([...Object.keys(signedEvidence), ...Object.keys(nowEvidence)])].sort();
  const evidence = kinds.map((kind) => difference(`evidence (${kind})`, signedEvidence[kind], nowEvidence[kind]));
  return [...parts, ...evidence].filter((each) => each !== undefined);
}

function difference(name: string, signed: unknown, now: unknown): string | undefined {
  if (canonicalJson(signed ?? null) === canonicalJson(now ?? null)) return undefined;
  return `its ${name} is ${told(now)}, signed was ${told(signed)}`;
}

function told(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value !== 'object') return `'${value}'`;
  return Object.entries(value)
    .sort()
    .map(([key, each]) => `${key} ${each}`)
    .join(', ');
}
