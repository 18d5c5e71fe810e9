import { Resolver } from './resolve';
import type { Snapshot, Template } from './snapshot';

/** Which property of a policy's resource names what it guards, and which holds the document. */
const POLICIES: Record<string, { readonly guards: string; readonly document: string }> = {
  'AWS::S3::BucketPolicy': { guards: 'Bucket', document: 'PolicyDocument' },
  'AWS::SQS::QueuePolicy': { guards: 'Queues', document: 'PolicyDocument' },
  'AWS::SNS::TopicPolicy': { guards: 'Topics', document: 'PolicyDocument' },
};

/** The policies that resources themselves carry, by the resource's ARN. */
export function resourcePolicies(snapshot: Snapshot): ReadonlyMap<string, object> {
  const policies = new Map<string, { Version: string; Statement: unknown[] }>();
  for (const stack of snapshot.stacks) {
    const resolver = new Resolver(snapshot, stack);
    const add = (arn: string, document: Template): void => {
      const statements = [policies.get(arn)?.Statement ?? [], plain(resolver, document.Statement)].flat();
      policies.set(arn, { Version: '2012-10-17', Statement: statements });
    };
    for (const [id, { Type, Properties }] of Object.entries<Template>(stack.template.Resources ?? {})) {
      if (Type === 'AWS::KMS::Key') add(resolver.text({ 'Fn::GetAtt': [id, 'Arn'] }).value, Properties.KeyPolicy);
      const policy = POLICIES[Type];
      if (!policy) continue;
      for (const guarded of [Properties[policy.guards]].flat()) {
        add(arnOf(snapshot, Type, resolver.text(guarded).value), Properties[policy.document]);
      }
    }
  }
  return policies;
}

function arnOf({ region, accountId }: Snapshot, type: string, physical: string): string {
  if (physical.startsWith('arn:')) return physical;
  if (type === 'AWS::S3::BucketPolicy') return `arn:aws:s3:::${physical}`;
  return `arn:aws:sqs:${region}:${accountId}:${physical.split('/').at(-1)}`;
}

/** The policy of the resource itself; an object's is its bucket's. */
export function policyFor(policies: ReadonlyMap<string, object>, arn: string): object | undefined {
  return policies.get(arn.startsWith('arn:aws:s3:::') ? arn.split('/')[0]! : arn);
}

function plain(resolver: Resolver, node: unknown): unknown {
  if (Array.isArray(node)) return node.map((each) => plain(resolver, each));
  if (typeof node !== 'object' || node === null) return node;
  if (Object.keys(node).some((key) => key === 'Ref' || key.startsWith('Fn::'))) return resolver.text(node).value;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, plain(resolver, value)]));
}
