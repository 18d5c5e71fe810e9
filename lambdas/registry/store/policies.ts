import { policiesDigestOf, policyDigestOf } from '../../../core/governance/digests';
import type { PolicySpec } from '../../../lib/governance/contract';
import { type Actor, CHANGE, type DeployedPolicy, type PoliciesRecord } from '../../../lib/registry/contract';
import { InvalidInput } from '../../shared/errors';
import { changed } from './facts';
import { RegistryStore } from './index';
import { ABSENT, type Condition, put } from './items';
import { policiesKey } from './keys';
import { fromEnvironment } from './open';

/** The policies by which versions are judged: what a model's stack deployed last. */
export class PolicyStore extends RegistryStore {
  static override fromEnvironment(this: void): PolicyStore {
    return new PolicyStore(fromEnvironment());
  }

  /** Records what a deployment changed; no change where the policies are those of before, in whatever order. */
  async setPolicies(model: string, policies: readonly DeployedPolicy[], actor: Actor): Promise<PoliciesRecord> {
    await this.requireModel(model);
    const policiesDigest = policiesDigestOf(policies);
    return this.attempt(['policies'], async () => {
      const before = await this.getPolicies(model);
      if (before?.policiesDigest === policiesDigest) return before;
      const changedAt = this.table.time();
      const record: PoliciesRecord = { model, policiesDigest, policies, changedBy: actor, changedAt };
      await this.table.write([
        put('policies', policiesKey(model), record, before ? areStill(before) : ABSENT),
        this.change(
          CHANGE.policiesChanged,
          actor,
          { model, reason: differencesOf(before, record) },
          { ...changed(wordsOf(before), wordsOf(record)), policyDigest: policiesDigest },
        ),
      ]);
      return record;
    });
  }

  getPolicies(model: string): Promise<PoliciesRecord | undefined> {
    return this.table.record<PoliciesRecord>(policiesKey(model));
  }
}

/** The exact words of each policy by its name. */
const wordsOf = (record: PoliciesRecord | undefined): Readonly<Record<string, PolicySpec>> =>
  Object.fromEntries(record?.policies.map(({ policy, spec }) => [policy, spec]) ?? []);

const areStill = ({ policiesDigest }: PoliciesRecord): Condition => ({
  text: '#policiesDigest = :were',
  values: { ':were': policiesDigest },
});

/** Policies as a gate's construct wrote them. @throws InvalidInput for what is no list of policies. */
export function policiesFrom(json: string): DeployedPolicy[] {
  let specs: unknown;
  try {
    specs = JSON.parse(json);
  } catch {
    throw new InvalidInput(`The policies are no JSON: ${json.slice(0, 100)}`);
  }
  const isPolicy = (spec: Partial<PolicySpec> | null): spec is PolicySpec =>
    typeof spec?.id === 'string' && typeof spec.kind === 'string';
  if (!Array.isArray(specs) || !specs.every(isPolicy)) {
    throw new InvalidInput(`The policies are a list, each with id and kind; received ${json.slice(0, 100)}`);
  }
  return specs.map((spec) => ({ policy: spec.id, policyDigest: policyDigestOf(spec), spec }));
}

/** What a deployment did to the policies, for people: `added cost; changed metric-roc_auc; removed lineage-complete`. */
function differencesOf(before: PoliciesRecord | undefined, { policies }: PoliciesRecord): string {
  const were = new Map(before?.policies.map(({ policy, policyDigest }) => [policy, policyDigest]));
  const are = new Set(policies.map(({ policy }) => policy));
  const parts = {
    added: policies.filter(({ policy }) => !were.has(policy)).map(({ policy }) => policy),
    changed: policies
      .filter(({ policy, policyDigest }) => were.has(policy) && were.get(policy) !== policyDigest)
      .map(({ policy }) => policy),
    removed: [...were.keys()].filter((policy) => !are.has(policy)),
  };
  const told = Object.entries(parts).filter(([, names]) => names.length > 0);
  return told.map(([what, names]) => `${what} ${names.join(', ')}`).join('; ') || 'no policies';
}
