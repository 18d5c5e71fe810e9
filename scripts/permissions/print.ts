import type { Finding, GrantUse, Report } from './report';
import { only, type Reviewed } from './review';

/** The report for people: a table a role, then what was refused or judged otherwise. */
export function printReport(report: Report, reviewed: readonly Reviewed[], say: (line: string) => void): void {
  for (const [role, grants] of byRole(report.grants)) {
    say(`\n${role}`);
    for (const grant of grants)
      say(`  ${mark(grant, reviewed)} ${grant.action.padEnd(32)} ${short(grant.resources)}${expanded(grant)}`);
  }
  section(say, 'Refused', report.denied);
  section(say, 'Judged otherwise by the synthesized policies', report.disagreements);
  section(say, 'Not judged: AWS knows no such action or resource', report.unjudged);
  const vain = report.grants.filter(({ used }) => used.length === 0);
  const accepted = vain.filter((grant) => only(grant, reviewed));
  say(
    `\n${report.calls} kinds of call judged; ${report.grants.length} grants: ${report.grants.length - vain.length} used, ` +
      `${accepted.length} for AWS only (a), ${vain.length - accepted.length} in vain (-).`,
  );
}

function byRole(grants: readonly GrantUse[]): Map<string, GrantUse[]> {
  const roles = new Map<string, GrantUse[]>();
  for (const grant of grants) roles.set(grant.role, [...(roles.get(grant.role) ?? []), grant]);
  return roles;
}

function mark(grant: GrantUse, reviewed: readonly Reviewed[]): string {
  if (grant.used.length > 0) return '+';
  return only(grant, reviewed) ? 'a' : '-';
}

const expanded = ({ action, used }: GrantUse): string =>
  action.includes('*') && used.length > 0 ? `  = ${[...used].sort().join(', ')}` : '';

const short = (text: string): string => (text.length > 110 ? `${text.slice(0, 107)}...` : text);

function section(say: (line: string) => void, title: string, findings: readonly Finding[]): void {
  if (findings.length > 0) say(`\n${title}:`);
  for (const { role, call, why } of findings) say(`  ${role}: ${call.action} on ${call.resource} (${why})`);
}
