import {
  type Actor,
  CHANGE,
  OPEN_RUN_STATUSES,
  type RunRecord,
  type RunRequest,
  type StepRecord,
} from '../../../lib/registry/contract';
import { Conflict, NotFound } from '../../shared/errors';
import { DatasetStore } from './datasets';
import { ANY, both, type Condition, check, edge, put, statusIn, update } from './items';
import { datasetVersionKey, LIST, lineagePk, modelKey, node, OPEN, planKey, runKey } from './keys';
import { IN_USE, requireInUse } from './models';
import { readSteps, recordStepOf } from './steps';
import type { Closed, Page, PageRequest, RunInputs, RunOutcome } from './types';

/** Runs: what was asked for, what came of it, and each step on the way. */
export abstract class RunStore extends DatasetStore {
  async requestRun(
    input: { readonly model: string; readonly request: RunRequest; readonly idempotencyKey?: string },
    actor: Actor,
  ): Promise<RunRecord> {
    const { model, request, idempotencyKey } = input;
    const { dataset } = await this.requireModel(model);
    const onceKey = idempotencyKey === undefined ? undefined : this.onceKey(`run:${model}`, idempotencyKey);
    return this.attempt(
      ['once', 'run', 'model'],
      async () => {
        const before = await this.madeBefore(onceKey);
        if (before) return this.requireRun(before);
        requireInUse(await this.requireModel(model));
        const record = this.newRun(model, request, actor);
        const { runId, requestedAt } = record;
        const listed = {
          GSI1PK: LIST.runsOf(model),
          GSI1SK: `${requestedAt}#${runId}`,
          ...openEntry(record),
        };
        const version = request.datasetVersion;
        await this.table.write([
          check('model', modelKey(model), IN_USE),
          put('run', runKey(runId), { ...record, ...listed, steps: undefined }),
          ...(onceKey ? [this.once(onceKey, runId)] : []),
          ...(version ? [check('dataset', datasetVersionKey(dataset, version))] : []),
          this.change(CHANGE.runRequested, actor, { model, runId, attempt: 1 }, { after: { request } }),
        ]);
        return record;
      },
      () => new NotFound(`The dataset '${dataset}' has no version ${request.datasetVersion}.`),
    );
  }

  async getRun(runId: string): Promise<RunRecord | undefined> {
    const [record, plan, steps] = await Promise.all([
      this.table.record<RunRecord>(runKey(runId)),
      this.table.record<{ plan: unknown }>(planKey(runId)),
      readSteps(this.table, runKey(runId)),
    ]);
    return record && { ...record, ...plan, steps };
  }

  async listRuns(model: string, page?: PageRequest): Promise<Page<RunRecord>> {
    const runs = { index: 'GSI1', pk: LIST.runsOf(model), backwards: true } as const;
    return withoutSteps(await this.table.pageOf<RunRecord>(runs, page));
  }

  async listOpenRuns(page?: PageRequest): Promise<Page<RunRecord>> {
    return withoutSteps(await this.table.pageOf<RunRecord>({ index: 'GSI2', pk: OPEN.runs }, page));
  }

  async listRunsOfDatasetVersion(dataset: string, version: number, page?: PageRequest): Promise<Page<RunRecord>> {
    const prefix = 'OUT#run:';
    const edges = await this.table.page({ pk: lineagePk(node.dataset(dataset, version)), prefix }, page);
    const runs = await Promise.all(
      edges.items.map(({ SK }) => this.table.record<RunRecord>(runKey((SK as string).slice(prefix.length)))),
    );
    return withoutSteps({ ...edges, items: runs.filter((run) => run !== undefined) });
  }

  async startRun(runId: string, attempt: number, executionArn: string, actor: Actor): Promise<RunRecord> {
    return this.attempt(['run'], async () => {
      const run = await this.requireRun(runId);
      this.requireCurrent(run, attempt);
      if (run.status === 'RUNNING' && run.executionArn === executionArn) return run;
      if (run.status !== 'REQUESTED') {
        throw new Conflict(`Attempt ${attempt} of run ${runId} belongs to the execution ${run.executionArn}.`);
      }
      const set = { status: 'RUNNING' as const, executionArn };
      const startedAt = run.startedAt ?? this.table.time();
      const parts = { set: { ...set, startedAt, startedBy: actor } };
      await this.table.write([update('run', runKey(runId), parts, ofAttempt(attempt, ['REQUESTED']))]);
      return { ...run, ...set, startedAt };
    });
  }

  async setPlan(runId: string, attempt: number, plan: unknown, uses: RunInputs = {}): Promise<void> {
    const { dataset, sourceSha256, images = [], mlflowRun } = uses;
    await this.attempt(
      [],
      () =>
        this.table.write([
          check('run', runKey(runId), ofAttempt(attempt, OPEN_RUN_STATUSES)),
          update('plan', planKey(runId), { set: { plan } }, ANY),
          ...(dataset ? edge(node.dataset(dataset.name, dataset.version), node.run(runId)) : []),
          ...(sourceSha256 ? edge(node.source(sourceSha256), node.run(runId)) : []),
          ...[...new Set(images)].flatMap((image) => edge(node.image(image), node.run(runId))),
          ...(mlflowRun ? edge(node.run(runId), node.mlflowRun(mlflowRun)) : []),
        ]),
      async () => {
        this.requireCurrent(await this.requireRun(runId), attempt);
        return new Conflict(`Run ${runId} changed while its plan was recorded. Try again.`);
      },
    );
  }

  async recordStep(runId: string, step: StepRecord): Promise<void> {
    if (!(await recordStepOf(this.table, runKey(runId), step))) throw noRun(runId);
  }

  async closeRun(runId: string, attempt: number, outcome: RunOutcome, actor: Actor): Promise<Closed<RunRecord>> {
    return this.attempt(['run'], async () => {
      const run = await this.requireRun(runId);
      if (attempt > run.attempt) throw new Conflict(`Run ${runId} is at attempt ${run.attempt}, not yet ${attempt}.`);
      if (attempt < run.attempt || !OPEN_RUN_STATUSES.includes(run.status)) return { changed: false, record: run };
      const set = { ...outcome, endedAt: this.table.time() };
      const { model } = run;
      const { status, reason, version } = outcome;
      await this.table.write([
        update('run', runKey(runId), { set, remove: CLOSED }, ofAttempt(attempt, OPEN_RUN_STATUSES)),
        this.change(
          CHANGE.runClosed,
          actor,
          { model, runId, attempt, status, reason, version },
          {
            before: { status: run.status },
            after: set,
          },
        ),
      ]);
      return { changed: true, record: { ...run, ...set } };
    });
  }

  async requestStop(runId: string, actor: Actor): Promise<RunRecord> {
    return this.attempt(['run'], async () => {
      const run = await this.requireRun(runId);
      const { model, attempt, status } = run;
      if (!OPEN_RUN_STATUSES.includes(status)) throw new Conflict(`Run ${runId} has ended already: ${status}.`);
      if (run.stopRequestedBy) return run;
      const set = { stopRequestedBy: actor };
      await this.table.write([
        update('run', runKey(runId), { set }, ofAttempt(attempt, OPEN_RUN_STATUSES)),
        this.change(
          CHANGE.runStopRequested,
          actor,
          { model, runId, attempt },
          {
            before: { status },
            after: { status, ...set },
          },
        ),
      ]);
      return { ...run, ...set };
    });
  }

  async resumeRun(runId: string, actor: Actor): Promise<RunRecord> {
    return this.attempt(['run'], async () => {
      const run = await this.requireRun(runId);
      const { model, attempt, status } = run;
      if (status === 'REQUESTED' && attempt > 1) return run;
      if (!RESUMABLE.includes(status)) {
        throw new Conflict(`Run ${runId} is ${status}; only a run that FAILED or was STOPPED can be resumed.`);
      }
      requireInUse(await this.requireModel(model));
      const set = { status: 'REQUESTED' as const, attempt: attempt + 1, resumedBy: actor };
      const { endedAt: _, reason: __, executionArn: ___, stopRequestedBy: ____, ...kept } = run;
      await this.table.write([
        update(
          'run',
          runKey(runId),
          { set: { ...set, ...openEntry(run) }, remove: ['endedAt', 'reason', 'executionArn', 'stopRequestedBy'] },
          ofAttempt(attempt, RESUMABLE),
        ),
        this.change(
          CHANGE.runRequested,
          actor,
          { model, runId, attempt: set.attempt },
          {
            before: { status, attempt, reason: run.reason },
            after: set,
          },
        ),
      ]);
      return { ...kept, ...set };
    });
  }

  private newRun(model: string, request: RunRequest, actor: Actor): RunRecord {
    return {
      runId: this.newId(model),
      model,
      status: 'REQUESTED',
      attempt: 1,
      request,
      requestedBy: actor,
      requestedAt: this.table.time(),
      steps: [],
    };
  }

  protected async requireRun(runId: string): Promise<RunRecord> {
    const run = await this.getRun(runId);
    if (run) return run;
    throw noRun(runId);
  }

  /** @throws Conflict unless the attempt is the run's and open. */
  private requireCurrent(run: RunRecord, attempt: number): void {
    if (run.attempt !== attempt) {
      throw new Conflict(`Run ${run.runId} is at attempt ${run.attempt}; attempt ${attempt} can't change it.`);
    }
    if (!OPEN_RUN_STATUSES.includes(run.status)) {
      throw new Conflict(`Attempt ${attempt} of run ${run.runId} has ended: ${run.status}.`);
    }
  }
}

const RESUMABLE: readonly RunRecord['status'][] = ['FAILED', 'STOPPED'];
/** Takes the run off the list of open ones. */
const CLOSED = ['GSI2PK', 'GSI2SK'];

const openEntry = ({ runId, requestedAt }: RunRecord) => ({ GSI2PK: OPEN.runs, GSI2SK: `${requestedAt}#${runId}` });

const ofAttempt = (attempt: number, statuses: readonly RunRecord['status'][]): Condition =>
  both({ text: '#attempt = :attempt', values: { ':attempt': attempt } }, statusIn(statuses));

const noRun = (runId: string): NotFound =>
  new NotFound(`There is no run '${runId}'. 'GET /models/{model}/runs' lists a model's runs.`);

const withoutSteps = (page: Page<RunRecord>): Page<RunRecord> => ({
  ...page,
  items: page.items.map((run) => ({ ...run, steps: [] })),
});
