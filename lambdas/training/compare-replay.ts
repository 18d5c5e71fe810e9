import { digestOf, digestStream, sha256 } from '../../core/digest';
import { judgeReplay, type RunResults } from '../../core/replay';
import { runEvidenceKey } from '../../lib/artifacts/contract';
import type { RunRecord } from '../../lib/registry/contract';
import type { ReplayVerdict, RunContext, RunPlan } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
import { NotFound } from '../shared/errors';
import { parseS3Uri } from '../shared/s3.client';
import { RunFailed } from './errors';
import { recordedStep } from './recorded-step';
import { filesOf } from './tar-files';

export type CompareReplayInput = Pick<RunContext, 'runId' | 'attempt' | 'model' | 'uris'> & {
  readonly replayOf: string;
  readonly archive: NonNullable<RunContext['archive']>;
  readonly evaluation: NonNullable<RunContext['evaluation']>;
};

export interface CompareReplayDependencies {
  readonly registry: Pick<Registry, 'getRun' | 'recordStep'>;
  readonly read: (bucket: string, key: string) => Promise<AsyncIterable<Uint8Array>>;
  /** Keys below a prefix. */
  readonly list: (bucket: string, prefix: string) => Promise<readonly string[]>;
  readonly putJson: (bucket: string, key: string, value: unknown) => Promise<{ uri: string; body: string }>;
  readonly evidenceBucket: string;
}

type Left = Pick<CompareReplayInput, 'archive' | 'evaluation'> & { readonly uris: RunContext['uris'] };

/** Compares what a replay left with what the run left that it repeats, and keeps the verdict as evidence. */
export const compareReplay = (
  input: CompareReplayInput,
  dependencies: CompareReplayDependencies,
): Promise<ReplayVerdict> =>
  recordedStep(
    dependencies.registry,
    input,
    'CompareReplay',
    (replay) => ({ replay }),
    async () => {
      const { registry, putJson, evidenceBucket } = dependencies;
      const { runId, model, replayOf } = input;
      const [original, replay] = await Promise.all([registry.getRun(replayOf), registry.getRun(runId)]);
      if (!original || !replay) throw new NotFound(`The registry has no run '${original ? runId : replayOf}'.`);
      const [before, now] = await Promise.all([
        resultsOf(leftBy(original), dependencies),
        resultsOf(input, dependencies),
      ]);
      const verdict = judgeReplay(before, now, replay.request.tolerance);
      const report = { runId, replayOf, ...verdict, original: before, replay: now };
      await putJson(
        evidenceBucket,
        runEvidenceKey(model, runId, `replay-${digestOf(report).slice(0, 16)}.json`),
        report,
      );
      return verdict;
    },
  );

/** What the steps of a run handed on, and where its jobs wrote. */
function leftBy(run: RunRecord): Left {
  const outputs = run.steps.filter(({ status }) => status === 'SUCCEEDED').map(({ output }) => output as Partial<Left>);
  const archive = outputs.findLast((output) => output?.archive)?.archive;
  const evaluation = outputs.findLast((output) => output?.evaluation)?.evaluation;
  if (!archive || !evaluation) throw new RunFailed(`The run ${run.runId} left no evaluated model to compare with.`);
  const uris = Object.assign({}, (run.plan as RunPlan).context.uris, ...outputs.map((output) => output?.uris));
  return { archive, evaluation, uris };
}

async function resultsOf(left: Left, dependencies: CompareReplayDependencies): Promise<RunResults> {
  const { archive, evaluation, uris } = left;
  const { bucket, key } = parseS3Uri(archive.uri);
  const [files, trainingRows] = await Promise.all([
    dependencies.read(bucket, key).then(filesOf),
    rowsBelow([uris.train, uris.validation], dependencies),
  ]);
  return {
    ...(trainingRows ? { trainingRows } : {}),
    heldOutRows: evaluation.testDataDigest,
    files,
    predictions: evaluation.predictions.sha256,
    metrics: evaluation.metrics,
  };
}

/** Digest of all that lies below prefixes; undefined where nothing does any more. */
async function rowsBelow(uris: readonly string[], { read, list }: CompareReplayDependencies) {
  const found: string[] = [];
  for (const uri of uris) {
    const { bucket, key: prefix } = parseS3Uri(uri);
    for (const key of await list(bucket, prefix)) {
      const { sha256: digest } = await digestStream(await read(bucket, key));
      found.push(`${key.slice(prefix.length)} ${digest}`);
    }
  }
  return found.length === 0 ? undefined : sha256(found.join('\n'));
}
