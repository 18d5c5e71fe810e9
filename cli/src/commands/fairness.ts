import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type BiasBound,
  type BiasVerdict,
  boundProblem,
  type Facet,
  FacetError,
  type GroupBias,
  judgeBias,
  measureBias,
  parseFacet,
  readBiasRows,
  toClarifyAnalysis,
} from '../../../core/fairness';
import { ProblemLog, placeOf } from '../../../core/problems';
import { formatCount, formatMetric } from '../../../core/report';
import type { Context } from '../context';
import { usageError } from '../errors';
import { EXIT } from '../exit-codes';
import { plural, table } from '../format';
import { wholeNumber } from '../options';
import type { Action } from '../program';

interface Flags {
  readonly label: string;
  readonly facet: readonly Facet[];
  readonly predicted?: string;
  readonly threshold?: number;
  readonly positive?: string;
  readonly condition?: string;
  readonly features?: readonly string[];
  readonly max?: readonly BiasBound[];
  readonly min?: readonly BiasBound[];
  readonly minRows?: number;
}

export function registerFairness(program: Command, action: Action): void {
  program
    .command('fairness')
    .description('measure the bias of labels and predictions in a CSV file, by the metrics of SageMaker Clarify')
    .argument('<file>', 'CSV file with a header, gzipped or not')
    .requiredOption('--label <column>', 'what is to be predicted')
    .requiredOption('--facet <facet>', 'column, column=value, column>number; joined by & for an intersection', facets)
    .option('--predicted <column>', 'what the model predicted: classes, or probabilities with --threshold')
    .option('--threshold <number>', 'from this probability on a row is predicted positive', probability)
    .option('--positive <value>', 'the class that counts as positive (default: 1)')
    .option('--condition <column>', 'column by which demographic disparity is conditioned (CDDL, CDDPL)')
    .option('--features <columns>', 'numeric columns for the flip test (FT), separated by commas', columns)
    .option('--max <metric=number>', 'fail where a metric is further from equal treatment, as DPPL=0.1', bound('max'))
    .option('--min <metric=number>', 'fail where a ratio is smaller, as DI=0.8', bound('min'))
    .option('--min-rows <number>', 'groups with fewer rows are not judged (default: 30)', wholeNumber)
    .action(action(run));
}

function facets(value: string, before: readonly Facet[] = []): Facet[] {
  try {
    return [...before, parseFacet(value)];
  } catch (error) {
    if (error instanceof FacetError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

function probability(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !(number >= 0 && number <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return number;
}

const columns = (value: string): string[] => value.split(',').map((name) => name.trim());

const bound =
  (side: 'min' | 'max') =>
  (value: string, before: readonly BiasBound[] = []): BiasBound[] => {
    const [, metric = '', number = ''] = /^([A-Za-z]+)=(.+)$/.exec(value) ?? [];
    const made: BiasBound = { metric: metric.toUpperCase(), [side]: Number(number) };
    const problem = metric === '' ? `It must look like ${side === 'max' ? 'DPPL=0.1' : 'DI=0.8'}.` : boundProblem(made);
    if (problem) throw new InvalidArgumentError(problem);
    return [...before, made];
  };

async function run(context: Context, file: string, flags: Flags): Promise<void> {
  const { label, positive = '1', minRows, facet: asked, ...rest } = flags;
  if (flags.threshold !== undefined && flags.predicted === undefined) {
    throw usageError('--threshold is for probabilities: name their column with --predicted.');
  }
  const path = resolve(context.host.cwd, file);
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw usageError(`${file} is no file.`);
  const problems = new ProblemLog();
  const source = { file, bytes: createReadStream(path) };
  const read = await readBiasRows(source, { ...rest, label, positive, facets: asked }, problems).catch((error) => {
    throw error instanceof FacetError ? usageError(error.message, firstProblem(problems)) : error;
  });
  const groups = measureBias(read.data);
  const bounds = [...(flags.max ?? []), ...(flags.min ?? [])];
  const verdicts = bounds.flatMap((each) => judgeBias(groups, { ...each, ...(minRows && { minRows }) }));
  if (read.leftOut > 0) {
    context.out.warn(`${plural(read.leftOut, 'row')} left out. ${firstProblem(problems)}`);
  }
  const document = {
    rows: read.rows,
    leftOut: read.leftOut,
    groups,
    verdicts,
    analysis: toClarifyAnalysis(groups, { label, positive }),
    problems: problems.summary(),
  };
  context.out.result(document, () => text(groups, verdicts));
  if (verdicts.some(({ verdict }) => verdict === 'failed')) context.exitCode = EXIT.rejected;
}

function firstProblem(problems: ProblemLog): string | undefined {
  const [first] = problems.summary().problems;
  return first && `${placeOf(first)}: ${first.message} ${first.hint}`;
}

function text(groups: readonly GroupBias[], verdicts: readonly BiasVerdict[]): string {
  const names = [...new Set(groups.map(({ facet }) => facet))];
  const parts = names.map((facet) => facetText(groups.filter((group) => group.facet === facet)));
  const marks = { passed: 'ok', failed: 'FAIL', unjudged: '-' };
  const judged = verdicts.map(({ verdict, sentence }) => `${marks[verdict].padEnd(5)}${sentence}`);
  return [...parts, judged.join('\n')].filter(Boolean).join('\n\n');
}

/** A row a metric, a column a group. */
function facetText(groups: readonly GroupBias[]): string {
  const { facet, preTraining, postTraining = [] } = groups[0]!;
  const shown = [...preTraining, ...postTraining];
  const told = (group: GroupBias, name: string): number | undefined =>
    [...group.preTraining, ...(group.postTraining ?? [])].find((value) => value.name === name)?.value;
  return table(shown, [
    { title: facet, value: ({ name }) => name },
    { title: '', value: ({ name, description }) => description.replace(` (${name})`, '') },
    ...groups.map((group) => ({
      title: `${group.value} (${formatCount(group.rows)})`,
      align: 'right' as const,
      value: ({ name }: { name: string }) => {
        const value = told(group, name);
        return value === undefined || Number.isFinite(value) ? formatMetric(value) : '∞';
      },
    })),
  ]);
}
