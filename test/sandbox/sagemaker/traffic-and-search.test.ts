import { describe, expect, it } from 'vitest';
import { trafficSteps } from '../../../sandbox/src/sagemaker/inference/traffic';
import { matchesExpression } from '../../../sandbox/src/sagemaker/operations/search-expression';

const blueGreen = (routing: object) => ({ BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: routing } });
const percent = (Value: number) => ({ Type: 'CAPACITY_PERCENT', Value });
const instances = (Value: number) => ({ Type: 'INSTANCE_COUNT', Value });
const FOUR = [{ InitialInstanceCount: 3 }, {}];
const shares = (policy: object | undefined) => trafficSteps(policy, FOUR).map(({ share }) => share);

describe('a deployment', () => {
  it('shifts traffic in the steps of its policy', () => {
    expect(trafficSteps(undefined, FOUR)).toEqual([{ share: 1, waitSeconds: 0 }]);
    expect(trafficSteps(blueGreen({ Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 9 }), FOUR)).toEqual([
      { share: 1, waitSeconds: 9 },
    ]);
    expect(shares(blueGreen({ Type: 'CANARY', CanarySize: instances(1), WaitIntervalInSeconds: 0 }))).toEqual([
      0.25, 1,
    ]);
    expect(shares(blueGreen({ Type: 'LINEAR', LinearStepSize: percent(40), WaitIntervalInSeconds: 0 }))).toEqual([
      0.4, 0.8, 1,
    ]);
    expect(shares({ RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 0 } })).toEqual([
      0.5, 1,
    ]);
  });

  it('refuses steps of more than half, and steps without a size', () => {
    expect(() => shares(blueGreen({ Type: 'CANARY', CanarySize: percent(60) }))).toThrow('at most 50%');
    expect(() => shares(blueGreen({ Type: 'LINEAR' }))).toThrow('needs LinearStepSize');
  });
});

describe('a search', () => {
  const record = {
    Name: 'a',
    Count: 3,
    CreationTime: 1_700_000_000,
    HyperParameters: { 'a.b': '1' },
    Tags: [{ Key: 'team', Value: 'x' }],
    Channels: [
      { Name: 'train', Uri: 's3://b/1' },
      { Name: 'test', Uri: 's3://b/2' },
    ],
  };
  const finds = (expression: object) => matchesExpression(expression, record, () => undefined);
  const filter = (Name: string, Operator: string, Value?: string) => finds({ Filters: [{ Name, Operator, Value }] });

  it.each([
    ['Name', 'Equals', 'a'],
    ['Name', 'NotEquals', 'b'],
    ['Name', 'In', 'b, a'],
    ['Count', 'GreaterThanOrEqualTo', '3'],
    ['Count', 'LessThan', '20'],
    ['CreationTime', 'GreaterThan', '2020-01-01T00:00:00Z'],
    ['HyperParameters.a.b', 'Equals', '1'],
    ['Tags.team', 'Equals', 'x'],
    ['Tags.none', 'NotExists', undefined],
    ['Channels.Uri', 'Contains', 'b/2'],
  ])('finds by %s %s %s', (name, operator, value) => {
    expect(filter(name, operator, value)).toBe(true);
  });

  it.each([
    ['Name', 'Equals', 'b'],
    ['Count', 'GreaterThan', '3'],
    ['Tags.team', 'NotEquals', 'x'],
    ['Tags.none', 'Exists', undefined],
  ])('does not find by %s %s %s', (name, operator, value) => {
    expect(filter(name, operator, value)).toBe(false);
  });

  it('asks the filters of a nested property of one and the same item', () => {
    const nested = (name: string, uri: string) =>
      finds({
        NestedFilters: [
          {
            NestedPropertyName: 'Channels',
            Filters: [
              { Name: 'Channels.Name', Operator: 'Equals', Value: name },
              { Name: 'Channels.Uri', Operator: 'Equals', Value: uri },
            ],
          },
        ],
      });
    expect([nested('train', 's3://b/1'), nested('train', 's3://b/2')]).toEqual([true, false]);
  });

  it('joins conditions by its operator, expressions in expressions too', () => {
    const conditions = [
      { Name: 'Name', Operator: 'Equals', Value: 'a' },
      { Name: 'Count', Operator: 'Equals', Value: '9' },
    ];
    expect([finds({ Filters: conditions }), finds({ Filters: conditions, Operator: 'Or' })]).toEqual([false, true]);
    expect(finds({ SubExpressions: [{ Filters: conditions, Operator: 'Or' }] })).toBe(true);
  });
});
