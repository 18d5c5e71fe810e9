import { resourcePolicies } from './resource-policies';
import { type DeployedRole, type Grant, rolesOf } from './roles';
import { covers, judge, type Verdict } from './simulate';
import type { RecordedCall, Snapshot } from './snapshot';

/** What a grant was used for; the same grant in several models' stacks is one. */
export interface GrantUse {
  readonly role: string;
  readonly action: string;
  readonly resources: string;
  /** The actions that were called by it; none where it was granted in vain. */
  readonly used: readonly string[];
}

export interface Finding {
  readonly role: string;
  readonly call: RecordedCall;
  readonly why: string;
}

export interface Report {
  readonly grants: readonly GrantUse[];
  /** Calls that the sandbox refused. */
  readonly denied: readonly Finding[];
  /** Calls about which the sandbox's evaluator and the simulation of the synthesized policies differ. */
  readonly disagreements: readonly Finding[];
  /** Calls that could not be judged, since AWS knows no such action or resource. */
  readonly unjudged: readonly Finding[];
  readonly calls: number;
}

/** Judges each recorded call by the synthesized policies, and each grant by the calls. */
export async function permissionsReport(snapshot: Snapshot, isOurs: (stack: string) => boolean): Promise<Report> {
  const roles = rolesOf(snapshot, isOurs);
  const guards = resourcePolicies(snapshot);
  const uses = new Map<string, GrantUse & { used: string[] }>();
  const report = { denied: [] as Finding[], disagreements: [] as Finding[], unjudged: [] as Finding[] };
  let calls = 0;
  for (const role of roles) {
    const made = snapshot.calls.filter(({ principal }) => principal === role.arn);
    calls += made.length;
    for (const call of made) {
      const verdict = await judge(snapshot, call, role.policy, guards);
      note(report, role, call, verdict);
      if (verdict.allowed) await mark(uses, snapshot, role, call, guards);
    }
    for (const grant of role.grants) if (grant.effect === 'Allow') entry(uses, grant);
  }
  const grants = [...uses.values()].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
  return { grants, ...report, calls };
}

const keyOf = ({ role, resources, action }: Pick<Grant, 'role' | 'resources' | 'action'>): string =>
  [role, resources, action].join('|');

function entry(uses: Map<string, GrantUse & { used: string[] }>, grant: Grant): { used: string[] } {
  const key = keyOf(grant);
  const { role, action, resources } = grant;
  const found = uses.get(key) ?? { role, action, resources, used: [] };
  uses.set(key, found);
  return found;
}

function note(
  report: { denied: Finding[]; disagreements: Finding[]; unjudged: Finding[] },
  { role, policy }: DeployedRole,
  call: RecordedCall,
  { allowed, error }: Verdict,
): void {
  if (call.decision !== 'Allow') report.denied.push({ role, call, why: call.decision });
  if (error) report.unjudged.push({ role, call, why: error });
  else if (allowed !== (call.decision === 'Allow')) {
    const why = `the sandbox says ${call.decision}, the ${policy.Statement.length} synthesized statements say otherwise`;
    report.disagreements.push({ role, call, why });
  }
}

/** A call counts for every grant that by itself allows it. */
async function mark(
  uses: Map<string, GrantUse & { used: string[] }>,
  snapshot: Snapshot,
  role: DeployedRole,
  call: RecordedCall,
  guards: ReadonlyMap<string, object>,
): Promise<void> {
  for (const grant of role.grants) {
    if (grant.effect !== 'Allow' || !covers(grant.action, call.action)) continue;
    const { used } = entry(uses, grant);
    if (used.includes(call.action)) continue;
    const alone = { Version: role.policy.Version, Statement: [grant.statement] };
    if ((await judge(snapshot, call, alone, guards)).allowed) used.push(call.action);
  }
}
