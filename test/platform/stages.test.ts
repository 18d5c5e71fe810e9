import { RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { Stage } from '../../lib';
import { type Resource, resourcesOf, type StacksOptions, stacks } from './stacks';

/** What holds data that nobody can make again. */
const STATEFUL = ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key'];

const statefulOf = (options: StacksOptions): [string, Resource][] => {
  const { platformStack, modelStack } = stacks(options);
  return STATEFUL.flatMap((type) => resourcesOf(type, platformStack, modelStack));
};

describe('removal', () => {
  it.each([Stage.TEST, Stage.PROD])('keeps data, records and keys in %s', (stage) => {
    const resources = statefulOf({ shared: { stage } });
    expect(resources.length).toBeGreaterThanOrEqual(4);
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of resources) {
      expect([DeletionPolicy, UpdateReplacePolicy], id).toEqual(['Retain', 'Retain']);
    }
  });

  it('takes everything along in dev, so that a sandbox leaves nothing behind', () => {
    for (const [id, { DeletionPolicy }] of statefulOf({})) expect(DeletionPolicy, id).toBe('Delete');
  });

  it('is the choice of the user in dev', () => {
    const kept = statefulOf({ platform: () => ({ removalPolicy: RemovalPolicy.RETAIN }) });
    for (const [id, { DeletionPolicy }] of kept) expect(DeletionPolicy, id).toBe('Retain');
  });

  it('is refused in prod where data would go with it', () => {
    const shared = { stage: Stage.PROD };
    expect(() => stacks({ shared, platform: () => ({ removalPolicy: RemovalPolicy.DESTROY }) })).toThrow(/prod/i);
  });
});

describe('protection', () => {
  it.each([
    [Stage.DEV, false],
    [Stage.TEST, true],
    [Stage.PROD, true],
  ])('of the tables of registry and audit from deletion in %s: %s', (stage, on) => {
    const { platformStack } = stacks({ shared: { stage } });
    const tables = resourcesOf('AWS::DynamoDB::Table', platformStack);
    expect(tables).toHaveLength(2);
    for (const [, { Properties }] of tables) {
      expect(Properties?.DeletionProtectionEnabled ?? false).toBe(on);
      expect(Properties?.PointInTimeRecoverySpecification).toMatchObject({ PointInTimeRecoveryEnabled: true });
    }
  });

  it.each([
    [Stage.DEV, 0],
    [Stage.TEST, 0],
    [Stage.PROD, 1],
  ])('of evidence by object lock in %s: %i bucket', (stage, count) => {
    const { platformStack } = stacks({ shared: { stage } });
    const locked = resourcesOf('AWS::S3::Bucket', platformStack).filter(
      ([, { Properties }]) => Properties?.ObjectLockEnabled,
    );
    expect(locked).toHaveLength(count);
  });

  it.each([
    [Stage.DEV, 'true'],
    [Stage.TEST, 'false'],
    [Stage.PROD, 'false'],
  ])('of a live endpoint in %s: removed with the stack is %s', (stage, deletes) => {
    const { modelStack } = stacks({ shared: { stage } });
    const [guard] = resourcesOf('Custom::EndpointGuard', modelStack);
    expect(guard?.[1].Properties?.deleteEndpoint).toBe(deletes);
  });
});
