import type { Command } from 'commander';
import type { ReleaseRecord } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { CommandError } from '../errors';
import { EXIT } from '../exit-codes';
import { name, wholeNumber } from '../options';
import type { Action } from '../program';
import type { RegistryClient } from '../registry/client';
import { verdictLines } from '../runs/verdicts';

interface DecisionFlags {
  readonly comment?: string;
}

type Waiting = ReleaseRecord & { readonly manifestDigest: string };

/** `models approve` and `models reject`. */
export function registerDecisions(models: Command, action: Action): void {
  const add = (verb: string, description: string) =>
    models
      .command(verb)
      .description(description)
      .argument('<model>', 'name of the model', name)
      .argument('<version>', 'version number', wholeNumber)
      .option('--comment <text>', 'why; kept with the decision, and required for a rejection');
  add('approve', 'approve the release of a version that waits for approval').action(action(approve));
  add('reject', 'reject the release of a version that waits, or a version that has none').action(action(reject));
}

async function approve(context: Context, model: string, version: number, flags: DecisionFlags): Promise<void> {
  const registry = await (await context.session()).registry();
  const { releases, waiting } = await releasesOf(registry, model, version);
  if (waiting) return decide(context, registry, waiting, 'APPROVED', flags);
  const states = releases.map(({ releaseId, status }) => `${releaseId} is ${status}`).join('; ');
  throw new CommandError(`No release of ${model} version ${version} waits for approval.`, {
    exitCode: releases.length > 0 ? EXIT.conflict : EXIT.notFound,
    hint: states || `Ask for one with: mlops release ${model} ${version}`,
  });
}

async function reject(context: Context, model: string, version: number, flags: DecisionFlags): Promise<void> {
  const { comment } = flags;
  if (!comment?.trim()) {
    throw new CommandError('A rejection needs a reason: those who made the version read it.', {
      exitCode: EXIT.usage,
      hint: `mlops models reject ${model} ${version} --comment "what has to change"`,
    });
  }
  const registry = await (await context.session()).registry();
  const { waiting } = await releasesOf(registry, model, version);
  if (waiting) return decide(context, registry, waiting, 'REJECTED', flags);
  const record = await registry.rejectVersion(model, version, comment);
  context.out.result(record, () => `${model} version ${version}: rejected`);
}

async function decide(
  context: Context,
  registry: RegistryClient,
  { releaseId, manifestDigest, model, version, verdicts, policiesDigest }: Waiting,
  decision: 'APPROVED' | 'REJECTED',
  { comment }: DecisionFlags,
): Promise<void> {
  for (const line of verdictLines(verdicts ?? [])) context.out.info(line);
  context.out.info(`  Manifest ${manifestDigest}, judged by the policies ${policiesDigest ?? '(none on record)'}`);
  const release = await registry.decide(releaseId, { decision, manifestDigest, ...(comment ? { comment } : {}) });
  context.out.result(release, () => `${model} version ${version}: ${decision.toLowerCase()} (release ${releaseId})`);
}

/** A version's releases, and the one that waits, with the digest to which a decision is bound. */
async function releasesOf(
  registry: RegistryClient,
  model: string,
  version: number,
): Promise<{ readonly releases: readonly ReleaseRecord[]; readonly waiting?: Waiting }> {
  const releases = (await registry.releases(model)).filter((release) => release.version === version);
  const open = releases.find(({ status }) => status === 'WAITING_FOR_APPROVAL');
  if (!open) return { releases };
  const { manifestDigest } = open;
  if (manifestDigest) return { releases, waiting: { ...open, manifestDigest } };
  throw new CommandError(`Release ${open.releaseId} waits without a manifest to approve.`, {
    hint: 'The registry is inconsistent: stop the execution of this release, and ask for another.',
  });
}
