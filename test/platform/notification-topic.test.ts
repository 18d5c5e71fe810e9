import { expect, it } from 'vitest';
import { resourcesOf, stacks } from './stacks';

it('lets alarms of this account and rules publish on the topic, whose own policy admits nobody else', () => {
  const [policy] = resourcesOf('AWS::SNS::TopicPolicy', stacks().platformStack);
  const { PolicyDocument } = policy![1].Properties as { PolicyDocument: { Statement: Record<string, unknown>[] } };
  const allowed = PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow');
  expect(allowed.map(({ Principal, Action }) => [Principal, Action])).toEqual([
    [{ Service: 'cloudwatch.amazonaws.com' }, 'sns:Publish'],
    [{ Service: 'events.amazonaws.com' }, 'sns:Publish'],
  ]);
  expect(allowed[0]!.Condition).toMatchObject({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
});
