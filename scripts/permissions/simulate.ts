import { runSimulation } from '@cloud-copilot/iam-simulate';
import { policyFor } from './resource-policies';
import type { PolicyStatement } from './roles';
import type { RecordedCall, Snapshot } from './snapshot';

export interface Verdict {
  readonly allowed: boolean;
  /** Why the call could not be judged: the action or its resource is none that AWS knows. */
  readonly error?: string;
}

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly PolicyStatement[];
}

/**
 * AWS's reference lists no resource for these, and the simulation goes by it; AWS itself checks them on the state machine
 * (aws/aws-cdk#8486 measured it). Another action on the same kind of resource stands in, in call and policy alike.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  'states:SendTaskSuccess': 'states:StartExecution',
  'states:SendTaskFailure': 'states:StartExecution',
  'states:SendTaskHeartbeat': 'states:StartExecution',
};

const standIn = (policy: Policy, action: string): Policy => ({
  ...policy,
  Statement: policy.Statement.filter(({ Action }) => Action.some((pattern) => covers(pattern, action))).map(
    (statement) => ({ ...statement, Action: [STAND_INS[action]!] }),
  ),
});

/** Judges a recorded call by policies alone. */
export async function judge(
  snapshot: Snapshot,
  call: RecordedCall,
  policy: Policy,
  guards: ReadonlyMap<string, object>,
): Promise<Verdict> {
  const instead = STAND_INS[call.action];
  const resourcePolicy = policyFor(guards, call.resource);
  const result = await runSimulation(
    {
      request: {
        principal: call.principal,
        action: instead ?? call.action,
        // AWS's own images stand in accounts that let everybody read them: what is judged is the role.
        resource: { resource: call.resource, accountId: snapshot.accountId },
        contextVariables: { 'aws:SecureTransport': 'true', ...call.context } as Record<string, string | string[]>,
      },
      identityPolicies: [{ name: 'synthesized', policy: instead ? standIn(policy, call.action) : policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy ? { resourcePolicy } : {}),
    },
    {},
  );
  if (result.resultType === 'error') return { allowed: false, error: JSON.stringify(result.errors) };
  return { allowed: result.overallResult === 'Allowed' };
}

/** Whether an action is covered by a pattern of a policy: `*` any characters, `?` one, whatever their case. */
export function covers(pattern: string, action: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 'i').test(action);
}
