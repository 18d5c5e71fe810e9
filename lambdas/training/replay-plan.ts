import { sha256 } from '../../core/digest';
import type { RunRecord } from '../../lib/registry/contract';
import type { RunContext, RunPlan, TrainingSpec } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
import { messageOf, NotFound } from '../shared/errors';
import { parseS3Uri } from '../shared/s3.client';
import { RunFailed, RunRejected } from './errors';
import { resumedContext } from './plan-context';
import { checkObjects } from './plan-data';
import type { PlanObjects } from './plan-objects';

export interface ReplayPlanDependencies {
  readonly registry: Pick<Registry, 'getRun' | 'getDatasetVersion'>;
  readonly objects: PlanObjects;
  readonly bucket: string;
}

const MAX_SOURCE = 256 * 1024 * 1024;

/**
 * The plan of a replay: what the record of the other run says, and nothing of what the stack says now.
 * @throws RunRejected with all that is needed and gone.
 */
export async function replayPlan(
  run: RunRecord,
  spec: TrainingSpec,
  cost: RunPlan['cost'],
  dependencies: ReplayPlanDependencies,
): Promise<RunPlan> {
  const runId = run.request.replayOf!;
  const original = await dependencies.registry.getRun(runId);
  const plan = original?.plan as RunPlan | undefined;
  if (!original || !plan) throw new RunRejected(`The run ${runId} has no recorded plan, so it can't be replayed.`);
  const gone = await missing(original, plan, spec, dependencies);
  if (gone.length > 0) {
    throw new RunRejected(`The run ${runId} can't be replayed exactly as it was recorded: ${gone.join('; ')}.`);
  }
  return { ...plan, cost, context: { ...freshContext(plan.context, run, dependencies.bucket), replayOf: runId } };
}

/** What the plan fixed, with names and places of this run, and nothing of what the other run found. */
function freshContext(planned: RunContext, run: RunRecord, bucket: string): RunContext {
  const { data, schema, images, source, hyperparameters, servingEnvironment, contentType, names, uris, privacy } =
    planned;
  const fixed = { data, schema, images, hyperparameters, servingEnvironment, contentType, names, uris };
  const { runId, attempt, model } = run;
  const context: RunContext = {
    ...{ runId, attempt, model, resumeAt: 'ValidateData' as const, ...fixed },
    ...(source ? { source } : {}),
    ...(privacy ? { privacy } : {}),
  };
  return resumedContext(context, { ...run, steps: [] }, bucket);
}

async function missing(
  original: RunRecord,
  plan: RunPlan,
  spec: TrainingSpec,
  { registry, objects }: ReplayPlanDependencies,
): Promise<string[]> {
  const { data, source, images, uris } = plan.context;
  const problems: string[] = [];
  if (original.request.trigger === 'import') problems.push('its model was imported, not trained here');
  if (images.training === undefined)
    problems.push('it was trained outside of SageMaker, by code that is not on record');
  for (const [what, image] of Object.entries(images)) {
    if (image && !/@sha256:[0-9a-f]{64}$/.test(image)) problems.push(`its ${what} image ${image} was not pinned`);
  }
  const version = await registry.getDatasetVersion(data.dataset, data.version);
  if (!version) problems.push(`version ${data.version} of the dataset '${data.dataset}' is not in the registry`);
  else if (version.contentDigest !== data.contentDigest) problems.push('its dataset version holds other content now');
  else problems.push(...(await goneObjects(() => checkObjects(version, objects))));
  const code = [
    ...(source ? [{ what: 'source', uri: source.uri, digest: source.sha256 }] : []),
    { what: 'split script', uri: `${uris.split}split.py`, digest: plan.splitSha256 },
  ];
  for (const { what, uri, digest } of code) {
    const found = await digestAt(uri, objects);
    if (found === undefined) problems.push(`its ${what} ${uri} is gone`);
    else if (found !== digest) problems.push(`its ${what} ${uri} has the SHA-256 ${found}, recorded is ${digest}`);
  }
  return [...problems, ...otherInstances(plan, spec)];
}

async function goneObjects(check: () => Promise<void>): Promise<string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (error instanceof RunFailed) return [messageOf(error).replace(/\.$/, '')];
    throw error;
  }
}

async function digestAt(uri: string, objects: PlanObjects): Promise<string | undefined> {
  const { bucket, key } = parseS3Uri(uri);
  try {
    return sha256(await objects.readAll(bucket, key, MAX_SOURCE));
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** Instances are the state machine's to say: a replay on others would not be one. */
function otherInstances({ jobs }: RunPlan, spec: TrainingSpec): string[] {
  if (!jobs) return [];
  const told = (job: TrainingSpec['jobs']['training']) =>
    job ? `${job.instanceCount} × ${job.instanceType}` : 'none of SageMaker';
  return (['processing', 'training', 'transform'] as const)
    .filter((kind) => told(jobs[kind]) !== told(spec.jobs[kind]))
    .map((kind) => `its ${kind} ran on ${told(jobs[kind])}, and the stack has ${told(spec.jobs[kind])} now`);
}
