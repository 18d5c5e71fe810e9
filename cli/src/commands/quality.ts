import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CsvSource, readCsv } from '../../../core/csv';
import { isMissing, parseNumber } from '../../../core/data';
import { ProblemLog, placeOf, shown } from '../../../core/problems';
import {
  bootstrapIntervals,
  calibrationOf,
  estimateBinary,
  isotonicCalibrator,
  QualityCollector,
} from '../../../core/quality';
import { formatCount, formatMetric } from '../../../core/report';
import type { Context } from '../context';
import { usageError } from '../errors';
import { table } from '../format';
import { fraction } from '../options';
import type { Action } from '../program';

interface Flags {
  readonly label: string;
  readonly predicted: string;
  readonly problem: 'binary' | 'regression' | 'multiclass';
  readonly positive?: string;
  readonly threshold?: number;
  readonly estimate?: string;
}

const PROBLEMS = ['binary', 'regression', 'multiclass'];
/** Intervals are made of so many rows at most times resamples; beyond it there are fewer resamples. */
const DRAWS = 20_000_000;

export function registerQuality(program: Command, action: Action): void {
  program
    .command('quality')
    .description(
      'measure predictions in a CSV file: metrics with intervals, calibration; or estimate them without labels',
    )
    .argument('<file>', 'CSV file with labels and predictions, gzipped or not')
    .requiredOption('--label <column>', 'what was to be predicted')
    .requiredOption('--predicted <column>', 'numbers, classes, or probabilities of the positive class')
    .option('--problem <kind>', 'binary, regression or multiclass', 'binary')
    .option('--positive <value>', 'the class that counts as positive (default: 1)')
    .option('--threshold <number>', 'from this probability on a row is predicted positive (default: 0.5)', fraction)
    .option('--estimate <file>', 'estimate the metrics on this file, which has no labels, calibrated by the first one')
    .action(action(quality));
}

async function quality(context: Context, file: string, flags: Flags): Promise<void> {
  const { label, positive, problem, threshold } = flags;
  if (!PROBLEMS.includes(problem)) throw usageError(`--problem is ${problem}; it must be ${PROBLEMS.join(', ')}.`);
  if (flags.estimate && problem !== 'binary') throw usageError('Only a binary problem is estimated without labels.');
  const problems = new ProblemLog();
  const collector = new QualityCollector({ label, problem, positive }, { threshold }, problems);
  await readPairs(context, file, [label, flags.predicted], problems, ([actual, answer], line) =>
    collector.add(actual!, answer!, { file, line }),
  );
  const { quality: measured, problems: found } = collector.finish();
  const [first] = found.problems;
  if (!measured) throw usageError(`${file} has no row to measure.`, first && `${placeOf(first)}: ${first.message}`);
  if (first)
    context.out.warn(`${found.total} problems, of which the first: ${placeOf(first)}: ${first.message} ${first.hint}`);
  const outcomes = collector.outcomes();
  const resamples = Math.max(100, Math.min(1000, Math.floor(DRAWS / measured.rows)));
  const names = Object.keys(measured.metrics);
  const intervals = bootstrapIntervals(names, outcomes, { resamples, ...(threshold !== undefined && { threshold }) });
  const sample = outcomes.problem === 'binary' ? outcomes : undefined;
  const calibration = sample && calibrationOf(sample);
  const estimate = sample && flags.estimate ? await estimateOf(context, flags, flags.estimate, sample) : undefined;
  const { metrics, rows, confusionMatrix } = measured;
  const document = { rows, metrics, intervals, confusionMatrix, calibration, estimate, problems: found };
  context.out.result(document, () =>
    [
      `${formatCount(rows)} rows. Intervals: 95%, by ${resamples} resamples.`,
      table(
        names.filter((name) => !name.includes('best_constant')),
        [
          { title: 'METRIC', value: (name) => name },
          { title: 'VALUE', value: (name) => formatMetric(metrics[name]), align: 'right' },
          { title: 'FROM', value: (name) => formatMetric(intervals[name]?.lower), align: 'right' },
          { title: 'TO', value: (name) => formatMetric(intervals[name]?.upper), align: 'right' },
          ...(estimate
            ? [
                {
                  title: 'ESTIMATED',
                  value: (name: string) => formatMetric(estimate.metrics[name]),
                  align: 'right' as const,
                },
              ]
            : []),
        ],
      ),
      calibration ? `Expected calibration error ${formatMetric(calibration.expected_calibration_error)}.` : '',
    ]
      .filter(Boolean)
      .join('\n\n'),
  );
}

async function estimateOf(context: Context, flags: Flags, file: string, sample: Parameters<typeof calibrationOf>[0]) {
  const problems = new ProblemLog();
  const scores: number[] = [];
  await readPairs(context, file, [flags.predicted], problems, ([answer], line) => {
    const score = isMissing(answer!) ? undefined : parseNumber(answer!);
    if (score !== undefined && score >= 0 && score <= 1) scores.push(score);
    else {
      const message = `The prediction ${shown(answer!)} is no probability.`;
      problems.add({ code: 'bad-prediction', file, line, message, hint: 'It was left out.' });
    }
  });
  const { total, problems: kept } = problems.summary();
  const [first] = kept;
  if (first)
    context.out.warn(`${total} problems, of which the first: ${placeOf(first)}: ${first.message} ${first.hint}`);
  if (scores.length === 0) throw usageError(`${file} has no row to estimate by.`);
  return estimateBinary({ scores }, { threshold: flags.threshold ?? 0.5, calibrate: isotonicCalibrator(sample) });
}

/** Reads some columns of a CSV file, row by row. */
async function readPairs(
  context: Context,
  file: string,
  wanted: readonly string[],
  problems: ProblemLog,
  take: (fields: readonly string[], line: number) => void,
): Promise<void> {
  const path = resolve(context.host.cwd, file);
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw usageError(`${file} is no file.`);
  const source: CsvSource = { file, bytes: createReadStream(path) };
  let places: number[] = [];
  const header = (names: readonly string[]): boolean => {
    const missing = wanted.filter((name) => !names.includes(name));
    if (missing.length > 0)
      throw usageError(`${file} has no column ${missing.map(shown).join(', ')}.`, `Its columns: ${names.join(', ')}`);
    places = wanted.map((name) => names.indexOf(name));
    return true;
  };
  await readCsv(source, problems, {
    header,
    row: (fields, line) =>
      take(
        places.map((at) => fields[at]!),
        line,
      ),
  });
}
