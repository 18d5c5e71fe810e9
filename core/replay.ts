/** Whether running the same again gave the same: judged from what two runs left. */

import type { ReplayVerdict } from '../lib/training/contract';

/** What a run left, as far as it tells two runs apart; in the order in which a run makes it. */
export interface RunResults {
  /** Digest of the rows that training and validation read; absent where they are no longer there. */
  readonly trainingRows?: string;
  /** Digest of the held-out rows. */
  readonly heldOutRows: string;
  /** The model's files by name, with their SHA-256; times and owners in the archive don't count. */
  readonly files: Readonly<Record<string, string>>;
  /** Digest of the predictions for the held-out rows. */
  readonly predictions: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The most by which a metric may differ by default: what threads that add numbers in another order can do. */
export const REPLAY_TOLERANCE = 0.001;

/**
 * Equal: the same rows, files and predictions. Equivalent: the same rows, and each metric over the same held-out rows
 * within the tolerance. Different: all else, with the first thing on the way of a run that came out otherwise.
 */
export function judgeReplay(original: RunResults, replay: RunResults, tolerance = REPLAY_TOLERANCE): ReplayVerdict {
  const metrics = compareMetrics(original.metrics, replay.metrics);
  const rows = rowDifferences(original, replay);
  const files = fileDifferences(original.files, replay.files);
  const predictions =
    original.predictions === replay.predictions ? [] : ['the predictions for the held-out rows differ'];
  const far = Object.entries(metrics).filter(([, { by }]) => by === undefined || by > tolerance);
  const differences = [
    ...rows,
    ...files,
    ...predictions,
    ...far.map(([name, { original: was, replay: is }]) => `${name} was ${was ?? 'absent'} and is ${is ?? 'absent'}`),
  ];
  const judged = (verdict: ReplayVerdict['verdict'], sentence: string): ReplayVerdict => ({
    ...{ verdict, sentence, differences, tolerance, metrics },
  });
  if (differences.length === 0) {
    return judged('equal', 'The replay gave the same rows, the same model byte by byte, and the same predictions.');
  }
  if (rows.length === 0 && far.length === 0) {
    const most = Math.max(0, ...Object.values(metrics).map(({ by = 0 }) => by));
    return judged(
      'equivalent',
      `The replay's model is not the same byte by byte (${[...files, ...predictions].join('; ')}), but over the same ` +
        `held-out rows no metric differs by more than ${most}, which is within the tolerance of ${tolerance}. ` +
        'Every recorded input was the same: what is left is chance in the training itself, such as unseeded numbers, ' +
        'times written into files, or threads that add in another order.',
    );
  }
  const where = rows.length > 0 ? PREPARATION : TRAINING;
  return judged('different', `The replay came out otherwise: ${differences.join('; ')}. ${where}`);
}

const PREPARATION =
  'Code, image, data and parameters were the same as recorded, so the preprocessing is not repeatable: it must not ' +
  'depend on the clock, on unseeded random numbers or on the order of files.';
const TRAINING =
  'The rows were the same, and so were code, image and parameters as recorded: the training is not repeatable. Seed ' +
  'every random number, and fix the number of threads.';

function rowDifferences(original: RunResults, replay: RunResults): string[] {
  const both = original.trainingRows !== undefined && replay.trainingRows !== undefined;
  return [
    ...(original.heldOutRows === replay.heldOutRows ? [] : ['the held-out rows differ']),
    ...(both && original.trainingRows !== replay.trainingRows ? ['the rows to train on differ'] : []),
  ];
}

function fileDifferences(original: RunResults['files'], replay: RunResults['files']): string[] {
  const names = [...new Set([...Object.keys(original), ...Object.keys(replay)])].sort();
  const differ = names.filter((name) => original[name] !== replay[name]);
  if (differ.length === 0) return [];
  const more = differ.length > 5 ? ` and ${differ.length - 5} more` : '';
  return [`of the model's files ${differ.slice(0, 5).join(', ')}${more} ${differ.length === 1 ? 'differs' : 'differ'}`];
}

function compareMetrics(original: RunResults['metrics'], replay: RunResults['metrics']): ReplayVerdict['metrics'] {
  const names = [...new Set([...Object.keys(original), ...Object.keys(replay)])].sort();
  return Object.fromEntries(
    names.map((name) => {
      const [was, is] = [original[name], replay[name]];
      const by = was !== undefined && is !== undefined ? { by: Math.abs(is - was) } : {};
      return [name, { original: was, replay: is, ...by }];
    }),
  );
}
