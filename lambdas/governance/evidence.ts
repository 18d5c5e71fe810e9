import * as z from 'zod/mini';
import { sha256 } from '../../core/digest';
import type { GovernanceEvidence } from '../../core/governance';
import type { EvidenceRef, ModelVersionRecord } from '../../lib/registry/contract';
import type { Registry } from '../registry/store/types';
import { collect } from '../shared/bytes';
import { HandlerError, NotFound } from '../shared/errors';
import { explain } from '../shared/handler';
import { parseS3Uri } from '../shared/s3.client';

type ChampionEvidence = NonNullable<GovernanceEvidence['champion']>;
type RecordedMetrics = NonNullable<GovernanceEvidence['evaluation']>;

export interface EvidenceTools {
  readonly store: Pick<Registry, 'getVersion' | 'getAlias'>;
  /** Bytes of an object; throws NotFound where it is gone. */
  readonly read: (bucket: string, key: string) => Promise<AsyncIterable<Uint8Array>>;
}

const metrics = z.record(z.string(), z.number());
const cell = z.object({ values: z.array(z.string()), counts: z.array(z.number()) });
const bias = z.object({
  facets: z.optional(z.array(z.string())),
  cells: z.optional(z.array(cell)),
  reason: z.optional(z.string()),
});
const slice = z.object({
  column: z.string(),
  edges: z.optional(z.array(z.number())),
  groups: z.optional(z.array(z.object({ value: z.string(), rows: z.number(), metrics }))),
  reason: z.optional(z.string()),
});
const interval = z.object({ gain: z.number(), lower: z.number(), upper: z.number(), rows: z.number() });
const gain = z.object({
  ...{ metric: z.string(), higherIsBetter: z.boolean(), confidence: z.number(), reason: z.optional(z.string()) },
  ...z.partial(interval).shape,
});
const explanations = z.union([
  z.object({
    ...{ method: z.string(), rows: z.number(), walks: z.number(), facets: z.optional(z.array(z.string())) },
    kernel_shap: z.record(z.string(), z.object({ global_shap_values: metrics, expected_value: z.number() })),
  }),
  z.object({ reason: z.string() }),
]);
const evaluationFile = z.object({
  metrics,
  bias: z.optional(bias),
  explanations: z.optional(explanations),
  slices: z.optional(z.array(slice)),
  testDataDigest: z.optional(z.string()),
  champion: z.optional(
    z.object({
      ...{ version: z.int(), metrics: z.optional(metrics), reason: z.optional(z.string()) },
      gains: z.optional(z.array(gain)),
    }),
  ),
});
const runFile = z.object({
  steps: z.array(z.object({ step: z.string(), jobArn: z.optional(z.string()), costUsd: z.optional(z.number()) })),
});
const texts = z.array(z.string());
const piiFile = z.object({
  rows: z.number(),
  scanned: z.number(),
  columns: z.array(
    z.object({
      name: z.string(),
      rule: z.optional(z.string()),
      reaches: z.string(),
      findings: z.array(z.object({ kind: z.string(), rows: z.number(), share: z.number() })),
    }),
  ),
});
const archiveFile = z.object({
  pickles: z.array(z.object({ file: z.string(), imports: texts, unknown: texts, problem: z.optional(z.string()) })),
});
const dataReportFile = z.object({ passed: z.boolean(), reason: z.optional(z.string()) });

type EvaluationFile = z.infer<typeof evaluationFile>;

/** Evidence can't be used; the policies that need it fail with this reason. */
class Fault extends HandlerError {
  constructor(message: string) {
    super('EvidenceFault', message);
  }
}

/** Everything that policies judge by, read again from where it is kept; what is missing or altered becomes a fault. */
export async function gatherEvidence(version: ModelVersionRecord, tools: EvidenceTools): Promise<GovernanceEvidence> {
  const faults: Partial<Record<EvidenceRef['kind'], string>> = {};
  const load = async <T>(kind: EvidenceRef['kind'], form: z.ZodMiniType<T>): Promise<Loaded<T> | undefined> => {
    try {
      return await loadEvidence(version, kind, form, tools);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults[kind] = error.message;
      return undefined;
    }
  };
  const [evaluation, report, run, pii, archive] = await Promise.all([
    load('evaluation', evaluationFile),
    load('data-report', dataReportFile),
    load('run', runFile),
    load('pii-report', piiFile),
    load('archive-report', archiveFile),
  ]);
  const champion = await championOf(version, evaluation?.value, tools);
  return {
    version,
    ...(evaluation ? { evaluation: metricsOf(evaluation) } : {}),
    ...(champion ? { champion } : {}),
    ...(report ? { dataReport: { ...report.value, uri: report.uri } } : {}),
    ...(run ? { cost: costOf(run.value) } : {}),
    ...(pii ? { pii: pii.value as GovernanceEvidence['pii'] } : {}),
    ...(archive ? { pickles: archive.value.pickles } : {}),
    faults,
  };
}

interface Loaded<T> {
  readonly value: T;
  readonly uri: string;
}

function biasIn({ facets, cells, reason }: z.infer<typeof bias>): RecordedMetrics['bias'] {
  return facets && cells ? { facets, cells } : { reason: reason ?? 'the evaluation holds no counts' };
}

const costOf = ({ steps }: z.infer<typeof runFile>): NonNullable<GovernanceEvidence['cost']> => ({
  usd: steps.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0),
  unknown: steps.filter(({ jobArn, costUsd }) => jobArn !== undefined && costUsd === undefined).map(({ step }) => step),
});

const metricsOf = ({ value, uri }: Loaded<EvaluationFile>): RecordedMetrics => ({
  metrics: value.metrics,
  ...(value.bias ? { bias: biasIn(value.bias) } : {}),
  ...(value.slices ? { slices: value.slices as RecordedMetrics['slices'] } : {}),
  ...(value.explanations ? { explanations: value.explanations } : {}),
  ...(value.testDataDigest ? { testDataDigest: value.testDataDigest } : {}),
  uri,
});

async function loadEvidence<T>(
  version: ModelVersionRecord,
  kind: EvidenceRef['kind'],
  form: z.ZodMiniType<T>,
  { read }: EvidenceTools,
): Promise<Loaded<T>> {
  const ref = version.evidence.find((candidate) => candidate.kind === kind);
  if (!ref) throw new Fault('none is on record');
  const { bucket, key } = parseS3Uri(ref.uri);
  const bytes = await bytesOf(read, bucket, key);
  const digest = sha256(bytes);
  if (digest !== ref.sha256) throw new Fault(`${ref.uri} has the SHA-256 ${digest}, recorded is ${ref.sha256}`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Fault(`${ref.uri} does not hold JSON`);
  }
  const parsed = form.safeParse(value);
  if (!parsed.success) throw new Fault(`${ref.uri} does not have the expected form: ${explain(parsed.error.issues)}`);
  return { value: parsed.data, uri: ref.uri };
}

async function bytesOf(read: EvidenceTools['read'], bucket: string, key: string): Promise<Buffer> {
  try {
    return await collect(await read(bucket, key));
  } catch (error) {
    if (error instanceof NotFound) throw new Fault(`s3://${bucket}/${key} is gone`);
    throw error;
  }
}

/** The champion of now. The run compared the one of its own time; another one has only its own evaluation. */
async function championOf(
  version: ModelVersionRecord,
  evaluation: EvaluationFile | undefined,
  tools: EvidenceTools,
): Promise<ChampionEvidence | undefined> {
  const alias = await tools.store.getAlias(version.model, 'champion');
  if (!alias) return undefined;
  const compared = evaluation?.champion;
  if (compared?.version === alias.version) {
    const { metrics: found, reason } = compared;
    if (!found) return { version: alias.version, reason: reason ?? 'it did not answer' };
    const gains = compared.gains as ChampionEvidence['gains'];
    return {
      version: alias.version,
      evaluation: { metrics: found, testDataDigest: evaluation?.testDataDigest },
      ...(gains ? { gains } : {}),
    };
  }
  const champion = await tools.store.getVersion(version.model, alias.version);
  if (!champion) return { version: alias.version, reason: 'its version is not in the registry' };
  try {
    const own = await loadEvidence(champion, 'evaluation', evaluationFile, tools);
    return { version: alias.version, evaluation: metricsOf(own) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { version: alias.version, reason: `its own evaluation can't be used: ${error.message}` };
  }
}
