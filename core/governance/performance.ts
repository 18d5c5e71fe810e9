import type { PolicySpec } from '../../lib/governance/contract';
import type { GainReport, SliceReport } from '../quality';
import type { GovernanceEvidence } from './evidence';
import { evaluationFault, type Judgement, metricOf, uriOf } from './policies';
import { tellApart, wordFor } from './words';

type Spec<K extends PolicySpec['kind']> = Extract<PolicySpec, { kind: K }>;
type Slice = Extract<SliceReport, { groups: unknown }>['groups'][number];

/** Judges each group of a slice; the worst of them is the verdict's value. */
export function judgeSlices(spec: Spec<'slices'>, evidence: GovernanceEvidence): Judgement {
  const { metric, column, edges, min, max, maxGap, minRows, higherIsBetter } = spec;
  const bounds = [
    min !== undefined && `≥ ${min}`,
    max !== undefined && `≤ ${max}`,
    maxGap !== undefined && `at most ${maxGap} worse than overall`,
  ];
  const threshold = `${bounds.filter(Boolean).join(' and ')} in each group`;
  const base = { threshold, evidenceUri: uriOf('evaluation', evidence) };
  const failed = (sentence: string): Judgement => ({ ...base, passed: false, sentence });
  const overall = metricOf(metric, evidence);
  if (typeof overall !== 'number') return { ...overall, ...base };
  const report = evidence.evaluation?.slices?.find((each) => each.column === column && sameEdges(each.edges, edges));
  if (!report) return failed(`The evaluation was not cut by ${column}: start a new run.`);
  if ('reason' in report) return failed(`The rows can't be cut by ${column}: ${report.reason}.`);
  const large = report.groups.filter(({ rows, metrics }) => rows >= minRows && Number.isFinite(metrics[metric]));
  const small = report.groups.length - large.length;
  if (large.length === 0)
    return failed(`No group of ${column} has ${minRows} rows on which to judge the ${wordFor(metric)}.`);
  const problems = large.flatMap((group) => problemOf(group));
  const sign = higherIsBetter ? 1 : -1;
  const worst = large.reduce((a, b) => (sign * b.metrics[metric]! < sign * a.metrics[metric]! ? b : a));
  const value = worst.metrics[metric]!;
  if (problems.length > 0) return { ...base, passed: false, value, sentence: problems.join(' ') };
  const left = small > 0 ? ` ${small} of ${report.groups.length} groups are too small to be judged.` : '';
  const sentence = `The ${wordFor(metric)} holds in each group of ${column}; the worst is ${tellApart(value, overall)} for ${worst.value} (${worst.rows} rows), over all rows it is ${tellApart(overall, value)}.${left}`;
  return { ...base, passed: true, value, sentence };

  function problemOf(group: Slice): string[] {
    const found = group.metrics[metric]!;
    const who = `For ${column} ${group.value} (${group.rows} rows) the ${wordFor(metric)} is`;
    const gap = higherIsBetter ? (overall as number) - found : found - (overall as number);
    if (min !== undefined && found < min) return [`${who} ${tellApart(found, min)}, below the required ${min}.`];
    if (max !== undefined && found > max) return [`${who} ${tellApart(found, max)}, above the allowed ${max}.`];
    if (maxGap === undefined || gap <= maxGap + 1e-12) return [];
    return [
      `${who} ${tellApart(found, overall as number)}: ${tellApart(gap, maxGap)} worse than over all rows, where ${maxGap} is allowed.`,
    ];
  }
}

const sameEdges = (a: readonly number[] = [], b: readonly number[] = []): boolean =>
  a.length === b.length && a.every((edge, at) => edge === b[at]);

export function judgeBetterThanChampion(spec: Spec<'better-than-champion'>, evidence: GovernanceEvidence): Judgement {
  const { metric, margin, confidence } = spec;
  const { champion, version } = evidence;
  const sure = `${Number((confidence * 100).toFixed(6))}%`;
  const threshold = `better by more than ${margin} with ${sure} confidence`;
  const evidenceUri = uriOf('evaluation', evidence);
  const fault = evaluationFault(evidence);
  if (fault) return { passed: false, threshold, evidenceUri, sentence: fault };
  const base = { threshold, evidenceUri };
  if (!champion) return { ...base, passed: true, sentence: 'There is no champion yet, so there is nothing to beat.' };
  if (champion.version === version.version) {
    return { ...base, passed: true, sentence: `Version ${version.version} is the champion itself.` };
  }
  const who = `the champion (version ${champion.version})`;
  const gain = champion.gains?.find((each) => each.metric === metric && each.confidence === confidence);
  if (!gain) {
    const why = champion.reason ?? 'its run did not compare the two';
    return {
      ...base,
      passed: false,
      sentence: `How sure the gain over ${who} is, is not on record (${why}): start a new run.`,
    };
  }
  if ('reason' in gain)
    return { ...base, passed: false, sentence: `The gain over ${who} can't be told: ${gain.reason}.` };
  return { ...base, value: gain.gain, passed: gain.lower > margin, sentence: gainSentence(gain, who, margin, sure) };
}

function gainSentence(gain: Extract<GainReport, { gain: number }>, who: string, margin: number, sure: string): string {
  const { lower, upper, rows } = gain;
  const change = `On ${rows} held-out rows the ${wordFor(gain.metric)} is ${tellApart(Math.abs(gain.gain), 0)} ${gain.gain >= 0 ? 'better' : 'worse'} than that of ${who}`;
  const interval = `with ${sure} confidence the true difference lies between ${tellApart(lower, margin)} and ${tellApart(upper, margin)}`;
  const wanted = margin === 0 ? 'all of which must be above 0' : `all of which must be above ${margin}`;
  const luck = gain.gain > margin && lower <= margin ? ' The gain may be luck.' : '';
  return `${change}; ${interval}, ${wanted}.${luck}`;
}

/** What the run's jobs cost, by the record of the run. */
export function judgeCost({ maxUsd }: Spec<'cost'>, evidence: GovernanceEvidence): Judgement {
  const { cost, faults } = evidence;
  const base = { threshold: `at most $${maxUsd}`, evidenceUri: uriOf('run', evidence) };
  if (!cost) {
    const why = faults?.run ?? 'none is on record';
    return {
      ...base,
      passed: false,
      value: 'missing',
      sentence: `The record of the run can't be used: ${why.replace(/\.$/, '')}.`,
    };
  }
  if (cost.unknown.length > 0) {
    const steps = cost.unknown.join(', ');
    return {
      ...base,
      passed: false,
      value: 'missing',
      sentence: `What the run cost is not known: no price is on record for ${steps}.`,
    };
  }
  const passed = cost.usd <= maxUsd;
  const shown = `The run cost $${tellApart(cost.usd, maxUsd)} by list prices`;
  const sentence = passed ? `${shown}; at most $${maxUsd} is allowed.` : `${shown}, above the allowed $${maxUsd}.`;
  return { ...base, passed, value: cost.usd, sentence };
}
