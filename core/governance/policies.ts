import type { PolicyFunctionOutput, PolicySpec } from '../../lib/governance/contract';
import type { EvidenceRef } from '../../lib/registry/contract';
import type { GovernanceEvidence } from './evidence';
import { tellApart, wordFor } from './words';

/** A verdict before it is given the policy's id, kind and digest. */
export interface Judgement {
  readonly passed: boolean;
  readonly value?: number | string | boolean;
  readonly threshold?: number | string;
  readonly evidenceUri?: string;
  readonly sentence: string;
}

type Spec<K extends PolicySpec['kind']> = Extract<PolicySpec, { kind: K }>;

/** Float subtraction leaves errors of this order: 0.06 − 0.05 is just below 0.01. */
const TOLERANCE = 1e-12;
const SHA256 = /^[0-9a-f]{64}$/;

export function judgeMetric({ metric, min, max }: Spec<'metric'>, evidence: GovernanceEvidence): Judgement {
  const bounds = [min !== undefined && `≥ ${min}`, max !== undefined && `≤ ${max}`].filter(Boolean);
  const threshold = bounds.join(' and ');
  const isBad = [min, max].some((bound) => bound !== undefined && !Number.isFinite(bound));
  if (bounds.length === 0 || isBad) {
    return { passed: false, threshold, sentence: `The policy on the ${wordFor(metric)} has no usable bound.` };
  }
  const found = metricOf(metric, evidence);
  if (typeof found !== 'number') return { ...found, threshold };
  const evidenceUri = uriOf('evaluation', evidence);
  const base = { value: found, threshold, evidenceUri };
  const subject = `The ${wordFor(metric)} is`;
  if (min !== undefined && found < min) {
    return { ...base, passed: false, sentence: `${subject} ${tellApart(found, min)}, below the required ${min}.` };
  }
  if (max !== undefined && found > max) {
    return { ...base, passed: false, sentence: `${subject} ${tellApart(found, max)}, above the allowed ${max}.` };
  }
  const parts = [min !== undefined && `at least ${min} is required`, max !== undefined && `at most ${max} is allowed`];
  const shown = tellApart(found, min ?? max!);
  return { ...base, passed: true, sentence: `${subject} ${shown}; ${parts.filter(Boolean).join(' and ')}.` };
}

export function judgeBeatsChampion(spec: Spec<'beats-champion'>, evidence: GovernanceEvidence): Judgement {
  const { metric, margin, higherIsBetter } = spec;
  const { champion, version, evaluation } = evidence;
  const word = wordFor(metric);
  const margins = margin > 0 ? `better by ${margin}` : 'not worse';
  const threshold = `${margins} than the champion`;
  if (!Number.isFinite(margin)) {
    return { passed: false, threshold, sentence: `The margin over the champion is ${margin}, which is no number.` };
  }
  const own = metricOf(metric, evidence);
  if (typeof own !== 'number') return { ...own, threshold };
  const base = { value: own, threshold, evidenceUri: uriOf('evaluation', evidence) };
  if (!champion) {
    return { ...base, passed: true, sentence: 'There is no champion yet, so there is nothing to beat.' };
  }
  if (champion.version === version.version) {
    return { ...base, passed: true, sentence: `Version ${version.version} is the champion itself.` };
  }
  const rival = rivalOf(metric, champion, evaluation?.testDataDigest);
  if (typeof rival !== 'number') return { ...base, passed: false, sentence: rival };
  const gain = higherIsBetter ? own - rival : rival - own;
  const passed = gain >= margin - TOLERANCE;
  const numbers = `The ${word} is ${tellApart(own, rival)}, the champion's (version ${champion.version}) is ${tellApart(rival, own)}`;
  const wanted = margin > 0 ? `a gain of at least ${margin} is required` : 'the new version must not be worse';
  const told = passed ? wanted : `${wanted}, and the gain is ${tellApart(gain, margin)}`;
  return { ...base, passed, sentence: `${numbers}; ${told}.` };
}

export function judgeLineage(evidence: GovernanceEvidence): Judgement {
  const { version } = evidence;
  const kinds = new Set(version.evidence.filter((ref) => SHA256.test(ref.sha256)).map((ref) => ref.kind));
  const parts: [string, boolean][] = [
    ['the code', SHA256.test(version.source?.sha256 ?? '') || (!version.source && kinds.has('run'))],
    ['the training data', SHA256.test(version.dataset?.contentDigest ?? '')],
    ['the held-out rows', SHA256.test(version.testDataDigest ?? '')],
    ['the container', /@sha256:[0-9a-f]{64}$/.test(version.image)],
    ['the model archive', SHA256.test(version.archive.sha256)],
    ['the evaluation', kinds.has('evaluation')],
  ];
  const missing = parts.filter(([, isThere]) => !isThere).map(([what]) => what);
  const base = { threshold: `${parts.length} of ${parts.length} on record`, evidenceUri: uriOf('run', evidence) };
  const value = `${parts.length - missing.length} of ${parts.length} on record`;
  if (missing.length > 0) {
    return { ...base, value, passed: false, sentence: `Not on record by digest: ${missing.join(', ')}.` };
  }
  const sentence = 'Code, data, container, model and evaluation are on record, each by its digest.';
  return { ...base, value, passed: true, sentence };
}

export function judgeDataValidated(evidence: GovernanceEvidence): Judgement {
  const { dataReport, faults } = evidence;
  const evidenceUri = dataReport?.uri ?? uriOf('data-report', evidence);
  const base = { threshold: 'passed', evidenceUri };
  const fault = faults?.['data-report'];
  if (fault !== undefined || typeof dataReport?.passed !== 'boolean') {
    const why = fault ?? 'it was not found';
    return { ...base, passed: false, value: 'missing', sentence: `The data report can't be used: ${asReason(why)}.` };
  }
  const { passed, reason } = dataReport;
  const failed = `The training data did not pass validation${reason ? `: ${asReason(reason)}` : ''}.`;
  const sentence = passed ? 'The training data passed validation.' : failed;
  return { ...base, passed, value: passed ? 'passed' : 'failed', sentence };
}

export function judgeFunction({ id }: Spec<'function'>, { answers }: GovernanceEvidence): Judgement {
  const answer = answers && Object.hasOwn(answers, id) ? answers[id] : undefined;
  if (!answer) return { passed: false, sentence: `The policy function ${id} was not asked.` };
  if ('error' in answer) {
    return { passed: false, sentence: `The policy function ${id} gave no verdict: ${asReason(answer.error)}.` };
  }
  const output = (answer.output ?? {}) as Partial<PolicyFunctionOutput>;
  if (typeof output.passed !== 'boolean' || typeof output.sentence !== 'string' || output.sentence.trim() === '') {
    const wanted = 'it must answer { passed: true or false, sentence: text }';
    return { passed: false, sentence: `The policy function ${id} gave no verdict: ${wanted}.` };
  }
  const { passed, value, threshold, sentence } = output;
  return {
    passed,
    ...(isPlain(value) && { value }),
    ...(isPlain(threshold) && typeof threshold !== 'boolean' && { threshold }),
    sentence,
  };
}

/** Why the evaluation can't be judged by; undefined where it can. */
export function evaluationFault({ evaluation, faults }: GovernanceEvidence): string | undefined {
  if (evaluation && faults?.evaluation === undefined) return undefined;
  return `The evaluation can't be used: ${asReason(faults?.evaluation ?? 'it was not found')}.`;
}

/** A metric of the evaluation, or the verdict that it can't be judged by. */
export function metricOf(metric: string, evidence: GovernanceEvidence): number | Judgement {
  const evidenceUri = uriOf('evaluation', evidence);
  const { evaluation } = evidence;
  const fault = evaluationFault(evidence);
  if (fault !== undefined || !evaluation) return { passed: false, evidenceUri, sentence: fault! };
  const value = recordedValue(metric, evaluation.metrics);
  if (value === undefined) {
    const there = Object.keys(evaluation.metrics).sort().join(', ') || 'none';
    const sentence = `The evaluation has no metric ${metric}; it has ${there}.`;
    return { passed: false, value: 'missing', evidenceUri, sentence };
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const sentence = `The ${wordFor(metric)} is ${value}, which is no number to judge by.`;
  return { passed: false, value: String(value), evidenceUri, sentence };
}

function rivalOf(metric: string, champion: NonNullable<GovernanceEvidence['champion']>, testDataDigest?: string) {
  const who = `The champion (version ${champion.version})`;
  const { evaluation, reason } = champion;
  if (!evaluation) return `${who} was not evaluated${reason ? `: ${asReason(reason)}` : ''}.`;
  if (evaluation.testDataDigest === undefined || evaluation.testDataDigest !== testDataDigest) {
    return `${who} and this version were not compared on the same test data.`;
  }
  const value = recordedValue(metric, evaluation.metrics);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return `${who} has no ${wordFor(metric)} to compare with.`;
}

function recordedValue(metric: string, metrics: Readonly<Record<string, unknown>>): unknown {
  return Object.hasOwn(metrics, metric) ? (metrics[metric] ?? undefined) : undefined;
}

export function uriOf(kind: EvidenceRef['kind'], { version, evaluation }: GovernanceEvidence): string | undefined {
  const recorded = version.evidence.find((ref) => ref.kind === kind)?.uri;
  return kind === 'evaluation' ? (evaluation?.uri ?? recorded) : recorded;
}

/** Whether a value can stand in a verdict, which is JSON: NaN and objects can't. */
function isPlain(value: unknown): value is number | string | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** A reason as the end of a sentence: without its own full stop. */
function asReason(text: string): string {
  return text.trim().replace(/\.$/, '');
}
