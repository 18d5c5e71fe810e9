import { sha256 } from '../../core/digest';
import { evaluatePredictions } from '../../core/predictions';
import { type ProblemSummary, placeOf } from '../../core/problems';
import { bootstrapGain, type Evaluation, type GainReport, type Quality, toModelQuality } from '../../core/quality';
import { runEvidenceKey } from '../../lib/artifacts/contract';
import type { EvaluateOutput, RunContext, SplitInfo } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
import { digesting } from '../shared/bytes';
import { parseS3Uri } from '../shared/s3.client';
import { biasOf } from './bias';
import { RunFailed } from './errors';
import { explanationsOf } from './explanations';
import { recordedStep } from './recorded-step';
import { slicesOf } from './slices';

/** The part of the context that Evaluate reads. */
export type EvaluateInput = Pick<
  RunContext,
  'runId' | 'attempt' | 'model' | 'schema' | 'uris' | 'data' | 'champion' | 'measures'
>;

export interface EvaluateDependencies {
  readonly registry: Pick<Registry, 'recordStep'>;
  readonly read: (bucket: string, key: string) => Promise<AsyncIterable<Uint8Array>>;
  /** The split's facts, checked. */
  readonly readSplit: (uri: string) => Promise<SplitInfo>;
  readonly putJson: (bucket: string, key: string, value: unknown) => Promise<{ uri: string; body: string }>;
  readonly evidenceBucket: string;
}

/** What a batch transform makes of `test.csv`. */
const PREDICTIONS = 'test.csv.out';

/**
 * Grades the model by the predictions that it made for the held-out rows in the container that will serve it, and the
 * champion by its own for the same rows. Nothing that the training said of itself counts.
 */
export const evaluate = (input: EvaluateInput, dependencies: EvaluateDependencies): Promise<EvaluateOutput> =>
  recordedStep(
    dependencies.registry,
    input,
    'Evaluate',
    (evaluation) => ({ evaluation }),
    () => grade(input, dependencies),
  );

const grade = async (input: EvaluateInput, dependencies: EvaluateDependencies): Promise<EvaluateOutput> => {
  const { model, runId, attempt, uris, data, champion } = input;
  const split = await dependencies.readSplit(`${uris.meta}split.json`);
  const testDataDigest = await digestTestRows(`${uris.test}test.csv`, split, dependencies);
  const own = await measure('The model', uris.transform, split, input, dependencies);
  const bias = await biasOf(own, split, input, dependencies);
  const slices = await slicesOf(own, split, input, dependencies);
  const explanations = await explanationsOf(split, input, dependencies);
  const rival = champion && (await measureChampion(champion.version, own, split, input, dependencies));
  const { uri, body } = await dependencies.putJson(
    dependencies.evidenceBucket,
    runEvidenceKey(model, runId, 'evaluation.json'),
    {
      ...toModelQuality(own.quality),
      model,
      runId,
      attempt,
      dataset: { name: data.dataset, version: data.version, contentDigest: data.contentDigest },
      problem: own.quality.problem,
      rows: own.quality.rows,
      ...(own.quality.threshold === undefined ? {} : { threshold: own.quality.threshold }),
      metrics: own.quality.metrics,
      ...(bias && { bias }),
      ...(slices && { slices }),
      ...(explanations && { explanations }),
      testDataDigest,
      predictions: own.predictions,
      ...(rival ? { champion: rival } : {}),
    },
  );
  return {
    uri,
    sha256: sha256(body),
    metrics: own.quality.metrics,
    ...(rival && 'metrics' in rival ? { championMetrics: rival.metrics } : {}),
    testDataDigest,
    predictions: own.predictions,
  };
};

/** The rows must be the ones that the split wrote down. */
const digestTestRows = async (uri: string, split: SplitInfo, { read }: EvaluateDependencies): Promise<string> => {
  const { bucket, key } = parseS3Uri(uri);
  const rows = digesting(await read(bucket, key));
  for await (const _ of rows.bytes);
  const digest = rows.sha256();
  if (digest === split.testSha256) return digest;
  throw new RunFailed(`The held-out rows ${uri} have the SHA-256 ${digest}, the split wrote ${split.testSha256}.`);
};

interface Measured {
  readonly quality: Quality;
  readonly outcomes?: Evaluation['outcomes'];
  readonly predictions: { readonly uri: string; readonly sha256: string };
}

const measure = async (
  who: string,
  prefixUri: string,
  split: SplitInfo,
  { schema }: EvaluateInput,
  { read }: EvaluateDependencies,
): Promise<Measured> => {
  const uri = `${prefixUri}${PREDICTIONS}`;
  const { bucket, key } = parseS3Uri(uri);
  const output = digesting(await read(bucket, key));
  const sources = [{ file: PREDICTIONS, bytes: output.bytes, gzip: false }];
  const options = { expectedRows: split.rows.test };
  const { passed, quality, problems, outcomes } = await evaluatePredictions(
    sources,
    { columns: split.columns },
    schema,
    options,
  );
  if (passed && quality) return { quality, outcomes, predictions: { uri, sha256: output.sha256() } };
  throw new RunFailed(`${who} can't be graded by ${uri}: ${explainProblems(problems)}`);
};

/** A champion that can't answer is no reason to reject its challenger: the evaluation says so, and policies decide. */
const measureChampion = async (
  version: number,
  own: Measured,
  split: SplitInfo,
  input: EvaluateInput,
  dependencies: EvaluateDependencies,
) => {
  try {
    const { championTransform } = input.uris;
    const rival = await measure('The champion', championTransform, split, input, dependencies);
    const { quality, predictions } = rival;
    const gains = gainsOver(rival, own, input);
    return { version, metrics: quality.metrics, rows: quality.rows, predictions, ...(gains && { gains }) };
  } catch (error) {
    if (!(error instanceof RunFailed)) throw error;
    return { version, reason: error.message };
  }
};

/** How sure it is that the model is better than the champion, by the metrics that policies ask for. */
const gainsOver = (rival: Measured, own: Measured, { measures }: EvaluateInput): GainReport[] | undefined => {
  const [theirs, ours] = [rival.outcomes, own.outcomes];
  if (!measures?.comparisons || !ours || !theirs) return undefined;
  const { threshold } = own.quality;
  return measures.comparisons.map((comparison) => bootstrapGain(comparison, ours, theirs, { threshold }));
};

const explainProblems = ({ total, problems }: ProblemSummary): string => {
  const told = problems.slice(0, 3).map((problem) => {
    const place = placeOf(problem);
    return `${place ? `${place}: ` : ''}${problem.message} ${problem.hint}`;
  });
  return `${told.join(' ')}${total > told.length ? ` (${total} problems in all)` : ''}`;
};
