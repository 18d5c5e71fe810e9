/** Plays one scenario, and judges what came of it. */
import type { RunRecord } from '../../lib/registry/contract';
import type { ReplayVerdict } from '../../lib/training/contract';
import { brokenInvariants } from './invariants';
import type { Scenario } from './scenarios';
import type { Slot, Subject } from './slot';
import { WAYS, type Way } from './ways';

/** How a scenario came to its good end. */
export type How = 'by itself' | 'swept' | 'redriven' | 'resumed';

export interface Result {
  readonly id: string;
  readonly row: string;
  readonly fault: string;
  readonly outcome: 'passed' | 'failed' | 'not struck' | 'unreachable';
  readonly how?: How;
  /** What it ended as at first. */
  readonly ended?: string;
  readonly seconds: number;
  /** What was wrong, in sentences. */
  readonly problems: readonly string[];
}

/** An outage ends some time, and not before the sweepers came: so long after they struck first, endless rules go. */
const OUTAGE_MS = 14_000;

export async function play(slot: Slot, scenario: Scenario): Promise<Result> {
  const { id, row, kind, unreachable } = scenario;
  const told = { id, row, fault: kind.fault };
  if (unreachable) return { ...told, outcome: 'unreachable', seconds: 0, problems: [unreachable] };
  const begun = Date.now();
  const seconds = (): number => Math.round((Date.now() - begun) / 100) / 10;
  try {
    const { problems, struck, how, ended } = await judge(slot, scenario);
    const outcome = problems.length > 0 ? 'failed' : struck ? 'passed' : 'not struck';
    return { ...told, outcome, how, ended, seconds: seconds(), problems };
  } catch (error) {
    return { ...told, outcome: 'failed', seconds: seconds(), problems: [(error as Error).message] };
  } finally {
    await slot.prober.stop();
    await slot.clearRules();
  }
}

async function judge(slot: Slot, { kind, way: name }: Scenario) {
  const way: Way = WAYS[name];
  const since = new Date(Date.now() - 1000);
  await slot.beginScenario();
  await way.prepare?.(slot);
  await slot.probe(!way.withoutEndpoint);
  const rules = await slot.setRules([...kind.rules, ...(way.needs?.(slot) ?? [])]);
  const over = new AbortController();
  void slot.endOutage(rules, OUTAGE_MS, over.signal).catch(() => undefined);
  const subject = await way.begin(slot);
  const ends = await endOf(slot, subject);
  over.abort();
  const struck = await slot.hasStruck(rules.slice(0, kind.rules.length));
  await slot.clearRules();
  const problems = [...ends.filter((end) => !end.named).map((end) => end.text)];
  const resumed = await finish(slot, subject, way);
  problems.push(...resumed.problems);
  problems.push(...(await brokenInvariants(slot, await slot.settled(), since)));
  await slot.prober.stop();
  problems.push(...slot.prober.problems);
  const how: How = resumed.needed ? 'resumed' : slot.redriven ? 'redriven' : slot.swept ? 'swept' : 'by itself';
  return { problems, struck, how, ended: ends.map(({ told }) => told).join('; ') };
}

interface End {
  readonly named: boolean;
  readonly text: string;
  readonly told: string;
}

async function endOf(slot: Slot, { runId, releaseId }: Subject): Promise<End[]> {
  const ends: End[] = [];
  for (const record of [runId && (await slot.runEnds(runId)), releaseId && (await slot.releaseEnds(releaseId))]) {
    if (!record) continue;
    const { status, reason } = record;
    const named = status === 'SUCCEEDED' || Boolean(reason);
    const told = reason ? `${status}: ${reason}` : status;
    ends.push({ named, told, text: `it ended as ${status} without a reason` });
  }
  return ends;
}

/** A version to be known by its mark; of a replay the verdict that it is meant to come to. */
async function outcomeOf(slot: Slot, run: RunRecord): Promise<string[]> {
  if (run.request.trigger !== 'replay') {
    await slot.learn(run);
    return [];
  }
  const output = run.steps.findLast(({ step, status }) => step === 'CompareReplay' && status === 'SUCCEEDED')?.output;
  const verdict = (output as { readonly replay?: ReplayVerdict } | undefined)?.replay?.verdict;
  return verdict === 'equal' ? [] : [`the replay of a model without chance in it came out as ${verdict}`];
}

/** What failed is resumed, or asked for again, and must succeed now that nothing is broken. */
async function finish(slot: Slot, { runId, releaseId }: Subject, way: Way) {
  const problems: string[] = [];
  let needed = false;
  if (runId) {
    let run = await slot.runEnds(runId);
    if (run.status === 'FAILED' || run.status === 'STOPPED') {
      needed = true;
      await slot.registry.resumeRun(runId);
      run = await slot.runEnds(runId);
    }
    if (run.status === 'SUCCEEDED') problems.push(...(await outcomeOf(slot, run)));
    else if (!(way.rejects && run.status === 'REJECTED')) problems.push(`resumed it is ${run.status}: ${run.reason}`);
  }
  if (releaseId) {
    let release = await slot.releaseEnds(releaseId);
    const { version, status } = release;
    if (status !== 'SUCCEEDED' && !(way.rejects && status === 'REJECTED')) {
      needed = true;
      if (status === 'REJECTED') problems.push(`the release was rejected: ${release.reason}`);
      const again = await slot.requestRelease(version);
      release = await slot.releaseEnds(again.releaseId);
      const wanted = way.rejects ? 'REJECTED' : 'SUCCEEDED';
      if (release.status !== wanted) problems.push(`asked for again it is ${release.status}: ${release.reason}`);
    }
  }
  return { problems, needed };
}
