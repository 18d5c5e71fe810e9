/** The runs of pipelines as MLflow sees them: PlanRun opens one before its job begins to log. */
import type { Actor, RunRecord } from '../../../lib/registry/contract';
import { Conflict } from '../../shared/errors';
import { DocumentStore, type Overflow } from './documents';
import type { Item } from './items';
import { experimentKey, experimentNameKey, mlflowRunKey, pointKey } from './mlflow-keys';
import {
  type Experiment,
  experimentDraft,
  nameDraft,
  newExperimentId,
  OUR_TAG,
  RUN_NAME_TAG,
  type Run,
  type RunStatus,
  runDraft,
} from './mlflow-records';
import { fromEnvironment } from './open';
import { Table } from './table';

/** A pipeline's run in MLflow: it has the run's own id. */
export interface TrackedRun {
  readonly experiment: string;
  readonly experimentId: string;
  readonly runId: string;
}

/** What is tracked, and where its artefacts lie. */
export interface Tracking {
  readonly run: Pick<RunRecord, 'runId' | 'model' | 'requestedBy'>;
  /** Name of the experiment. */
  readonly experiment: string;
  /** Where its artefacts lie, without a slash at its end. */
  readonly artifactLocation: string;
  readonly actor: Actor;
}

/** Opens the MLflow run of a pipeline's run, once, and ends it. Between the two its script logs, by MLflow's API. */
export class TrackingStore extends DocumentStore {
  /** @param overflow where records lie that are too long for the table. @default out of reach */
  static fromEnvironment(this: void, overflow: Overflow = OUT_OF_REACH): TrackingStore {
    const { client, tableName } = fromEnvironment();
    return new TrackingStore(new Table(client, tableName, () => new Date()), overflow);
  }

  /** A later attempt finds the run; its client sets it RUNNING again. @throws Conflict for a deleted experiment */
  trackRun(tracking: Tracking): Promise<TrackedRun> {
    const { runId } = tracking.run;
    return this.again(async () => {
      const { experiment_id, name } = await this.experimentFor(tracking);
      const found = await this.table.get(mlflowRunKey(runId));
      if (!found) await this.save([runDraft(this.opened(tracking, experiment_id), 0)]);
      return { experiment: name, experimentId: experiment_id, runId };
    });
  }

  /** As the pipeline's run ended, with the metrics that we measured beside those that the script logged. */
  async endTrackedRun({ runId, status, endedAt, metrics = {}, version }: RunRecord): Promise<void> {
    const ended = STATUS[status];
    if (!ended || !endedAt) return;
    const end_time = Date.parse(endedAt);
    const measured = Object.entries(metrics).map(([name, value]) => ({ key: `${MEASURED}${name}`, value }));
    await this.again(async () => {
      const found = await this.get<Run>(mlflowRunKey(runId));
      if (!found?.value.pipeline || (found.value.status === ended && found.value.end_time === end_time)) return;
      const { value: run, revision } = found;
      const latest = measured.map(({ key, value }) => [key, { value, timestamp: end_time, step: 0 }] as const);
      const after: Run = {
        ...run,
        status: ended,
        end_time,
        metrics: { ...run.metrics, ...Object.fromEntries(latest) },
        tags: { ...run.tags, ...(version ? { [OUR_TAG.version]: String(version) } : {}) },
      };
      await this.saveWith(
        runDraft(after, revision),
        measured.map((point) => pointOf(runId, point, end_time)),
      );
    });
  }

  private async experimentFor({ experiment, artifactLocation, run }: Tracking): Promise<Experiment> {
    const place = await this.get<{ experiment_id: string }>(experimentNameKey(experiment));
    const held = place && (await this.get<Experiment>(experimentKey(place.value.experiment_id)))?.value;
    if (held?.name === experiment) {
      if (held.lifecycle_stage === 'active') return held;
      throw new Conflict(`The MLflow experiment '${experiment}' was deleted. Restore it, or runs can't be tracked.`);
    }
    const now = this.now();
    const made: Experiment = {
      experiment_id: newExperimentId(now),
      name: experiment,
      artifact_location: artifactLocation,
      lifecycle_stage: 'active',
      creation_time: now,
      last_update_time: now,
      tags: { [OUR_TAG.model]: run.model },
    };
    await this.save([experimentDraft(made, 0), nameDraft(made, place?.revision ?? 0)]);
    return made;
  }

  private opened({ run, artifactLocation, actor }: Tracking, experiment_id: string): Run {
    const { runId, model, requestedBy } = run;
    return {
      run_id: runId,
      experiment_id,
      run_name: runId,
      user_id: requestedBy.id,
      status: 'RUNNING',
      start_time: this.now(),
      artifact_uri: `${artifactLocation}/${runId}/artifacts`,
      params: {},
      tags: {
        [RUN_NAME_TAG]: runId,
        [OUR_TAG.run]: runId,
        [OUR_TAG.model]: model,
        [OUR_TAG.lastWriter]: actor.id,
      },
      metrics: {},
      datasets: [],
      model_inputs: [],
      model_outputs: [],
      pipeline: true,
    };
  }
}

/** MLflow's word for how a run ended. */
const STATUS: Readonly<Record<string, RunStatus>> = {
  SUCCEEDED: 'FINISHED',
  REJECTED: 'FAILED',
  FAILED: 'FAILED',
  STOPPED: 'KILLED',
};
const MEASURED = 'mlops.';

const pointOf = (runId: string, { key, value }: { key: string; value: number }, timestamp: number): Item => ({
  ...pointKey(runId, key, timestamp, 0, value),
  doc: JSON.stringify({ key, value, timestamp, step: 0 }),
});

const refuse = async (): Promise<never> => {
  throw new Conflict('This record of MLflow is too long for the table, and this function reaches no other place.');
};
const OUT_OF_REACH: Overflow = { put: refuse, get: refuse };
