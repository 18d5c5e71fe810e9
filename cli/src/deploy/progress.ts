/** What a line of `cdk deploy --progress events` tells. */
export type DeployEvent =
  | {
      readonly kind: 'resource';
      readonly stack: string;
      readonly done: number;
      readonly total: number;
      readonly status: string;
      readonly type: string;
    }
  | { readonly kind: 'deployed'; readonly stack: string; readonly changed: boolean }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'other' };

const RESOURCE = /^\s*(\S+)\s*\|\s*(\d+)\/(\d+)\s*\|[^|]*\|\s*([A-Z_]+)\s*\|\s*(\S+)/;
const DEPLOYED = /^\s*✅\s+(\S+)(.*)$/u;

/** Reads one line of the CDK's output. */
export function deployEvent(line: string): DeployEvent {
  const resource = RESOURCE.exec(line);
  if (resource) {
    const [, stack = '', done, total, status = '', type = ''] = resource;
    return { kind: 'resource', stack, done: Number(done), total: Number(total), status, type };
  }
  const deployed = DEPLOYED.exec(line);
  if (deployed) return { kind: 'deployed', stack: deployed[1]!, changed: !deployed[2]!.includes('no changes') };
  if (/❌/u.test(line)) return { kind: 'failed', text: line.trim() };
  return { kind: 'other' };
}
