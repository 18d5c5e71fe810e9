import type { GrantUse, Report } from './report';

/** Grants that only AWS exercises, with the page of AWS's documentation that demands them. */
export interface Reviewed {
  /** Roles by the ends of their constructs' paths. */
  readonly roles: RegExp;
  readonly actions: readonly string[];
  /** Only on resources whose names match. @default any */
  readonly resources?: RegExp;
  /** What it is for, and why nothing here exercises it. */
  readonly why: string;
  readonly page: string;
}

/** A refusal that a test provokes on purpose. */
export interface Provoked {
  readonly roles: RegExp;
  readonly actions: readonly string[];
  /** @default - any */
  readonly resources?: RegExp;
  readonly why: string;
}

/** The entry that speaks for a grant that was never used. */
export function only(grant: GrantUse, reviewed: readonly Reviewed[]): Reviewed | undefined {
  return reviewed.find((entry) => covered(entry, grant));
}

const covered = ({ roles, actions, resources }: Reviewed, grant: GrantUse): boolean =>
  roles.test(grant.role) && actions.includes(grant.action) && (resources?.test(grant.resources) ?? true);

/** What is wrong with the permissions, a line each; nothing where all that is granted is used or has a reason. */
export function faultsOf(report: Report, reviewed: readonly Reviewed[], provoked: readonly Provoked[]): string[] {
  const vain = report.grants.filter(({ used }) => used.length === 0);
  const faults = vain
    .filter((grant) => !only(grant, reviewed))
    .map(({ role, action, resources }) => `${role} may ${action} on ${resources}, and nothing uses it`);
  for (const entry of reviewed) {
    const stale = entry.actions.filter(
      (action) => !vain.some((grant) => covered({ ...entry, actions: [action] }, grant)),
    );
    const name = `${entry.roles.source}: ${stale.join(', ')}`;
    if (stale.length > 0) faults.push(`The list of what only AWS exercises has an entry that nothing needs: ${name}`);
  }
  const expected = ({ role, call }: Report['denied'][number]): boolean =>
    provoked.some(
      ({ roles, actions, resources }) =>
        roles.test(role) && actions.includes(call.action) && (resources?.test(call.resource) ?? true),
    );
  const denied = report.denied.filter((finding) => !expected(finding));
  faults.push(
    ...denied.map(({ role, call, why }) => `${role} was refused ${call.action} on ${call.resource} (${why})`),
  );
  for (const { role, call, why } of [...report.disagreements, ...report.unjudged]) {
    faults.push(`${role}: ${call.action} on ${call.resource}: ${why}`);
  }
  return faults;
}
