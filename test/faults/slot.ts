/**
 * One model on which one scenario at a time is played: asking, waiting, sweeping, resuming. Above 300 lines because all of
 * that shares what the scenario knows: its rules, its marks, whether it was swept.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReleaseRecord, RunRecord } from '../../lib/registry/contract';
import type { Rule } from './kinds';
import type { Handler } from './machine';
import type { ModelParts, Platform } from './platform';
import { Prober } from './prober';
import { redrive } from './redrive';
import { type Snapshot, snapshotOf } from './snapshot';
import { WAYS } from './ways';

const POLL_MS = 300;
/** How long something may stand still before the sweepers come, as their schedules would let them. */
const SWEEP_AFTER_MS = 10_000;
/** Past all that the sweepers and the resender wait for. */
const SWEEPING_CLOCK_SECONDS = 1500;
const BOUND_MS = Number(process.env.FAULTS_BOUND_SECONDS ?? 150) * 1000;

/** What schedules call, but for the sweeps of other things than one model and its changes. */
const SWEEPERS = [
  'Registry/Changes/Resend',
  'Training/Triggers/Sweep',
  'Release/Triggers/SweepReleases',
  'Release/Reconciler/Reconcile',
];

const ENDED = ['SUCCEEDED', 'FAILED', 'STOPPED', 'REJECTED'];

/** What a scenario was about, and how it came to its end. */
export interface Subject {
  readonly runId?: string;
  readonly releaseId?: string;
}

export class Slot {
  readonly prober: Prober;
  /** Marks of versions, by number: what their answers end in. */
  readonly marks = new Map<number, number>();
  /** Whether the sweepers had something to do, or dead letters were sent again, since the scenario began. */
  swept = false;
  redriven = false;
  private nextMark = 1;
  private outageStruck = false;

  private constructor(
    readonly platform: Platform,
    readonly parts: ModelParts,
  ) {
    this.prober = new Prober(platform.clients.runtime, parts.endpointName);
  }

  /** A slot with a version that serves. */
  static async open(platform: Platform, model: string): Promise<Slot> {
    const slot = new Slot(platform, await platform.parts(model));
    // Retries wait for a moment instead of minutes.
    const hastened = (machine: string): Rule => ({ on: 'state', machine, fault: 'haste', factor: 0.02 });
    await platform.faults.set(hastened(slot.parts.training.name), hastened(slot.parts.release.name));
    for (const { runId } of await platform.registry.modelVersions(model)) {
      if (runId) await slot.learn(await platform.registry.run(runId));
    }
    slot.nextMark = 1 + Math.round(1000 * Math.max(0, ...slot.marks.values()));
    if ((await slot.champion()) === undefined) await slot.begin();
    return slot;
  }

  private async begin(): Promise<void> {
    const uploadId = await this.platform.upload(this.model, this.freshRows());
    await this.until('the first data is there', async () =>
      (await this.registry.upload(this.model, uploadId)).status === 'READY' ? true : undefined,
    );
    await this.settled();
    if (!this.asksPeople) return void (await this.deploy(await this.train()));
    // Its candidates ask for their release themselves.
    await this.releaseEnds((await WAYS.candidate.begin(this)).releaseId);
  }

  /** Its own rules, beside those that hasten waits. */
  private ruleIds: string[] = [];

  async beginScenario(): Promise<void> {
    this.swept = false;
    this.redriven = false;
    this.outageStruck = false;
    this.prober.forget();
  }

  /** Asks the endpoint from now on, unless the scenario takes it away, which answers as the champion does. */
  async probe(wanted: boolean): Promise<void> {
    const champion = await this.champion();
    if (!wanted || champion === undefined) return;
    this.prober.allow(this.marks.get(champion) ?? 0);
    this.prober.start();
  }

  /** Asks for the release of a version, which may answer from now on. */
  async requestRelease(version: number): Promise<{ readonly releaseId: string }> {
    this.prober.alsoAllow(this.marks.get(version) ?? 0);
    return this.registry.requestRelease(this.model, version);
  }

  async setRules(rules: readonly Rule[]): Promise<string[]> {
    const ids = await this.platform.faults.set(...rules);
    this.ruleIds.push(...ids);
    return ids;
  }

  async clearRules(): Promise<void> {
    await this.platform.faults.remove(...this.ruleIds.splice(0));
  }

  /** Takes away the rules that strike every time, so many milliseconds after they began to. */
  async endOutage(ids: readonly string[], ms: number, over: AbortSignal): Promise<void> {
    while (!over.aborted && !this.outageStruck) {
      await sleep(1000);
      const set = await this.platform.faults.list();
      const endless = set.filter(({ id, times, fault }) => ids.includes(id) && times === 0 && fault === 'kill');
      if (endless.length === 0) return;
      if (endless.every(({ struck }) => struck === 0)) continue;
      this.outageStruck = true;
      await sleep(ms, undefined, { signal: over });
      await this.platform.faults.remove(...endless.map(({ id }) => id));
    }
  }

  async hasStruck(ids: readonly string[]): Promise<boolean> {
    const set = await this.platform.faults.list();
    return this.outageStruck || ids.every((id) => set.some((rule) => rule.id === id && rule.struck > 0));
  }

  /** What the registry holds of the model, once every run and release has ended. */
  async settled(): Promise<Snapshot> {
    for (;;) {
      const now = await snapshotOf(this.registry, this.model);
      const runs = now.runs.filter(({ status }) => !ENDED.includes(status));
      const releases = now.releases.filter(({ status }) => !ENDED.includes(status));
      if (runs.length + releases.length === 0) return now;
      for (const { runId } of runs) await this.runEnds(runId);
      for (const { releaseId } of releases) await this.releaseEnds(releaseId);
    }
  }

  get model(): string {
    return this.parts.model;
  }

  /** Whether releases wait for a person. */
  private get asksPeople(): boolean {
    return this.parts.handlers.some(({ name }) => name.endsWith('/SendApproval'));
  }

  get registry(): Platform['registry'] {
    return this.platform.registry;
  }

  handler(place: string): Handler {
    const found = [...this.parts.handlers, ...this.platform.handlers].find(({ name }) => name === place);
    if (!found) throw new Error(`${this.model} has no handler '${place}'.`);
    return found;
  }

  /** Content that no upload had before. */
  freshRows(): string {
    const salt = (Date.now() % 1_000_000) / 1_000_000;
    const rows = Array.from({ length: 40 }, (_, index) => {
      const sick = index % 2;
      return `${sick},${(70 + 50 * sick + (index % 7) + salt).toFixed(6)},${36 + 2 * sick}`;
    });
    return `${['sick,pulse,heat', ...rows].join('\n')}\n`;
  }

  /** A mark that no version's answers have yet. */
  takeMark(): number {
    return this.nextMark++ / 1000;
  }

  /** Asks for a run whose model answers with a mark of its own. */
  async startRun(parameters: Record<string, string> = {}): Promise<{ readonly runId: string; readonly mark: number }> {
    const mark = this.takeMark();
    const { runId } = await this.registry.startRun(this.model, { parameters: { mark: String(mark), ...parameters } });
    return { runId, mark };
  }

  /** The run that new data begins. */
  runOnData(version: number): Promise<RunRecord> {
    return this.until('new data begins a run', async () =>
      (await this.registry.runs(this.model)).find(({ request }) => request.datasetVersion === version),
    );
  }

  /** Until the run has ended; where nothing moves, the sweepers come. */
  runEnds(runId: string): Promise<RunRecord> {
    return this.until(`the run ${runId} ends`, async (moved) => {
      const item = await this.platform.item(`RUN#${runId}`);
      moved(item);
      return ENDED.includes(item.status ?? '') ? this.registry.run(runId) : undefined;
    });
  }

  releaseEnds(releaseId: string): Promise<ReleaseRecord> {
    return this.until(`the release ${releaseId} ends`, async (moved) => {
      const item = await this.platform.item(`RELEASE#${releaseId}`);
      moved(item);
      if (this.asksPeople && item.status === 'WAITING_FOR_APPROVAL') await this.approve(releaseId);
      return ENDED.includes(item.status ?? '') ? this.registry.release(releaseId) : undefined;
    });
  }

  /** Says yes, as the person for whom a release waits. */
  async approve(releaseId: string): Promise<void> {
    const { version, manifestDigest } = await this.registry.release(releaseId);
    const made = await this.registry.modelVersion(this.model, version);
    if (made.runId) await this.learn(await this.registry.run(made.runId));
    this.prober.alsoAllow(this.marks.get(version) ?? 0);
    await this.registry.decide(releaseId, { decision: 'APPROVED', comment: 'good', manifestDigest: manifestDigest! });
  }

  /** Looks until there is something; `look` tells what it saw, so that sweepers come only where that stands still. */
  async until<T>(what: string, look: (moved: (seen: object) => void) => Promise<T | undefined>): Promise<T> {
    const begun = Date.now();
    let sweepAt = begun + SWEEP_AFTER_MS;
    let last = '';
    const moved = (seen: object): void => {
      const now = JSON.stringify(seen);
      if (now !== last) sweepAt = Date.now() + SWEEP_AFTER_MS;
      last = now;
    };
    for (;;) {
      const found = await look(moved);
      if (found !== undefined) return found;
      if (Date.now() - begun > BOUND_MS) throw new Error(`Within ${BOUND_MS / 1000} s it never came to this: ${what}.`);
      if (Date.now() > sweepAt) {
        await this.sweep();
        sweepAt = Date.now() + SWEEP_AFTER_MS;
      }
      await sleep(POLL_MS);
    }
  }

  /** What schedules do every few minutes, with clocks that say that the minutes have passed. */
  async sweep(): Promise<void> {
    for (const place of SWEEPERS) {
      const handler = [...this.parts.handlers, ...this.platform.handlers].find(({ name }) => name === place);
      if (!handler) continue;
      const answer = await this.byALaterClock(handler.function);
      const text = JSON.stringify(answer ?? {});
      // Runs and releases that a sweeper began or ended name this model.
      const acted = /"sent":[1-9]|"outcome":"(recorded|restored)"/;
      if (text.includes(`"${this.model}-`) || acted.test(text)) this.swept = true;
    }
    if (await redrive(this.platform, this.parts.queues)) this.redriven = true;
  }

  private async byALaterClock(fn: string): Promise<unknown> {
    const seconds = SWEEPING_CLOCK_SECONDS;
    const [id] = await this.platform.faults.set({ on: 'invocation', function: fn, fault: 'clock', seconds });
    try {
      return await this.platform.invoke(fn);
    } catch {
      // The next sweep comes; what it can't do is what the scenario is judged by.
      return undefined;
    } finally {
      await this.platform.faults.remove(id!);
    }
  }

  /** The version of a run, and the mark by which its answers are known. */
  async learn(run: RunRecord): Promise<number> {
    const { trigger, parameters, reason } = run.request;
    const mark = Number((trigger === 'import' ? reason : parameters?.mark) ?? 0);
    this.marks.set(run.version!, mark);
    return run.version!;
  }

  async champion(): Promise<number | undefined> {
    return (await this.registry.aliases(this.model)).find(({ alias }) => alias === 'champion')?.version;
  }

  /** A version other than the champion that may be released. */
  async challenger(): Promise<number> {
    const champion = await this.champion();
    const versions = await this.registry.modelVersions(this.model);
    const fit = versions.filter(({ version, status }) => version !== champion && status !== 'REJECTED');
    const known = fit.find(({ version }) => this.marks.has(version));
    if (known) return known.version;
    return this.train();
  }

  /** A new version, by a run without faults. */
  async train(parameters: Record<string, string> = {}): Promise<number> {
    const { runId } = await this.startRun(parameters);
    const run = await this.runEnds(runId);
    if (run.status !== 'SUCCEEDED') throw new Error(`A run without faults ended as ${run.status}: ${run.reason}`);
    return this.learn(run);
  }

  /** Releases a version without faults. */
  async deploy(version: number): Promise<ReleaseRecord> {
    const { releaseId } = await this.requestRelease(version);
    const release = await this.releaseEnds(releaseId);
    if (release.status !== 'SUCCEEDED') {
      throw new Error(`A release without faults ended as ${release.status}: ${release.reason}`);
    }
    return release;
  }
}
