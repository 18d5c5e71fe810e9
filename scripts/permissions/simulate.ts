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

/** Judges a recorded call by policies alone. */
export async function judge(
  snapshot: Snapshot,
  call: RecordedCall,
  policy: Policy,
  guards: ReadonlyMap<string, object>,
): Promise<Verdict> {
  const resourcePolicy = policyFor(guards, call.resource);
  const result = await runSimulation(
    {
      request: {
        principal: call.principal,
        action: call.action,
        // AWS's own images stand in accounts that let everybody read them: what is judged is the role.
        resource: { resource: call.resource, accountId: snapshot.accountId },
        contextVariables: { 'aws:SecureTransport': 'true', ...call.context } as Record<string, string | string[]>,
      },
      identityPolicies: [{ name: 'synthesized', policy }],
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
