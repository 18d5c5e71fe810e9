import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  actualJobCost,
  checkBudget,
  INSTANCE_USD_PER_HOUR,
  idleCost,
  type JobLimits,
  PRICES_AS_OF,
  priceOf,
  projectJobCost,
  projectRunCost,
} from '../../core/costs';

const training: JobLimits = {
  what: 'training',
  instanceType: 'ml.m5.large',
  instanceCount: 1,
  maxRuntimeSeconds: 3600,
  volumeGb: 30,
};
const job = fc.record({
  instanceType: fc.constantFrom(...Object.keys(INSTANCE_USD_PER_HOUR)),
  instanceCount: fc.integer({ min: 1, max: 20 }),
  maxRuntimeSeconds: fc.integer({ min: 1, max: 432_000 }),
  volumeGb: fc.integer({ min: 0, max: 500 }),
});

function usdOf(...jobs: JobLimits[]): number {
  const projection = projectRunCost(jobs);
  if (!projection.ok) throw new Error(projection.message);
  return projection.usd;
}

describe('the price table', () => {
  test('says when it was put down, and has a price above 0 for every type', () => {
    expect(PRICES_AS_OF).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(
      Object.entries(INSTANCE_USD_PER_HOUR).filter(([type, usd]) => !/^ml\.\w+\.\w+$/.test(type) || !(usd > 0)),
    ).toEqual([]);
  });

  test('gives way to prices of the user, for types that it does not know as well', () => {
    expect(priceOf('ml.m5.large', { 'ml.m5.large': 0.1 })).toBe(0.1);
    expect(priceOf('ml.new.large', { 'ml.new.large': 9 })).toBe(9);
  });

  test.each(['ml.m5.lage', 'ml.zz99.huge', 'constructor', ''])(
    'refuses an instance type that it does not know: %s',
    (type) => {
      expect(priceOf(type)).toMatchObject({
        code: 'unknown-instance-type',
        message: expect.stringContaining(`"${type}"`),
      });
    },
  );

  test('names the types that may have been meant', () => {
    expect(priceOf('ml.m5.lage')).toMatchObject({ close: expect.arrayContaining(['ml.m5.large']) });
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses %s as a price', (price) => {
    expect(priceOf('ml.m5.large', { 'ml.m5.large': price })).toMatchObject({ code: 'bad-price' });
  });
});

describe('a projection', () => {
  test('is instances times hours times price, and the volume pro rata, with its formula', () => {
    const projection = projectJobCost(training);
    expect(projection).toMatchObject({ ok: true, usd: expect.closeTo(0.115 + (30 * 0.14) / 730, 12) });
    expect(projection.ok && projection.lines).toMatchObject([
      { what: 'training', formula: '1 × ml.m5.large at $0.115/h with 30 GB at $0.14/GB-month for 3600 s = $0.121' },
    ]);
  });

  test('of a run is the sum of its jobs, and grows with every quantity', () => {
    fc.assert(
      fc.property(job, job, fc.integer({ min: 1, max: 5 }), (one, other, more) => {
        expect(usdOf(one, other)).toBeCloseTo(usdOf(one) + usdOf(other), 8);
        expect(usdOf({ ...one, instanceCount: one.instanceCount + more })).toBeGreaterThan(usdOf(one));
        expect(usdOf({ ...one, maxRuntimeSeconds: one.maxRuntimeSeconds + more })).toBeGreaterThan(usdOf(one));
        expect(usdOf({ ...one, volumeGb: one.volumeGb + more })).toBeGreaterThan(usdOf(one));
      }),
    );
  });

  test('is refused with every reason at once', () => {
    const projection = projectRunCost([
      { ...training, instanceType: 'ml.m9.large' },
      { ...training, what: 'processing', maxRuntimeSeconds: Number.NaN },
      { ...training, what: 'transform', instanceCount: -1 },
    ]);
    expect(projection).toMatchObject({
      ok: false,
      refusals: [{ code: 'unknown-instance-type' }, { code: 'bad-quantity' }, { code: 'bad-quantity' }],
      message: expect.stringContaining('processing: billableSeconds is NaN'),
    });
  });

  test('is never below what the job costs in the end', () => {
    fc.assert(
      fc.property(job, fc.double({ min: 0, max: 1, noNaN: true }), (limits, share) => {
        const actual = actualJobCost({ ...limits, billableSeconds: limits.maxRuntimeSeconds * share });
        expect(actual.ok && actual.usd).toBeLessThanOrEqual(usdOf(limits) + 1e-12);
      }),
    );
  });
});

describe('a budget', () => {
  test('lets pass what is within the cap, the cap itself included', () => {
    const projection = projectJobCost({ ...training, volumeGb: 0 });
    expect(checkBudget(projection, 0.115)).toMatchObject({ passed: true, usd: 0.115, capUsd: 0.115 });
  });

  test('refuses what is above, with the numbers and what to do', () => {
    const verdict = checkBudget(projectJobCost({ ...training, maxRuntimeSeconds: 360_000 }), 5);
    expect(verdict.passed).toBe(false);
    expect(verdict.sentence).toMatch(
      /up to \$12\.08, above the cap of \$5\.00: training 1 × ml\.m5\.large .* raise maxCostUsd/,
    );
  });

  test('refuses what has no price, and a cap that is no amount', () => {
    expect(checkBudget(projectJobCost({ ...training, instanceType: 'x' }), 1e9)).toMatchObject({ passed: false });
    expect(checkBudget(projectJobCost(training), Number.NaN)).toMatchObject({ passed: false });
  });
});

describe('the idle cost of a template', () => {
  const resource = (Type: string, Properties: object = {}) => ({ Type, Properties });

  test('counts what is paid by the month', () => {
    const stat = { MetricStat: { Period: 60 } };
    const { usd, lines, unknown } = idleCost({
      Resources: {
        Key: resource('AWS::KMS::Key'),
        Alarm: resource('AWS::CloudWatch::Alarm', { Period: 300 }),
        Math: resource('AWS::CloudWatch::Alarm', { Metrics: [{ Expression: 'a/b' }, stat, stat] }),
        Fast: resource('AWS::CloudWatch::Alarm', { Period: 10 }),
        Page: resource('AWS::CloudWatch::CompositeAlarm'),
        Board: resource('AWS::CloudWatch::Dashboard'),
        Secret: resource('AWS::SecretsManager::Secret'),
        Nat: resource('AWS::EC2::NatGateway'),
        Endpoint: resource('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface', SubnetIds: ['a', 'b'] }),
      },
    });
    expect(Object.fromEntries(lines.map((line) => [line.logicalId, Number(line.usd.toFixed(2))]))).toEqual({
      Key: 1,
      Alarm: 0.1,
      Math: 0.2,
      Fast: 0.3,
      Page: 0.5,
      Board: 3,
      Secret: 0.4,
      Nat: 32.85,
      Endpoint: 14.6,
    });
    expect(usd).toBeCloseTo(52.95, 8);
    expect(unknown).toEqual([]);
  });

  test('leaves out what costs by use', () => {
    const types = ['AWS::S3::Bucket', 'AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine', 'AWS::KMS::Alias'];
    const free = [
      ...types.map((type) => resource(type)),
      resource('AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' }),
    ];
    const { usd, unknown } = idleCost({
      Resources: { ...free, Gateway: resource('AWS::EC2::VPCEndpoint'), P: resource('AWS::SSM::Parameter') },
    });
    expect({ usd, unknown }).toEqual({ usd: 0, unknown: [] });
  });

  test('reports what it has no price for', () => {
    const { unknown } = idleCost({
      Resources: {
        Live: resource('AWS::SageMaker::Endpoint'),
        Warm: resource('AWS::Lambda::Alias', { ProvisionedConcurrencyConfig: {} }),
        Table: resource('AWS::DynamoDB::Table', { ProvisionedThroughput: { ReadCapacityUnits: { Ref: 'x' } } }),
      },
    });
    expect(unknown.map(({ logicalId }) => logicalId)).toEqual(['Live', 'Warm', 'Table']);
  });

  test('of an empty template is nothing', () => {
    expect(idleCost({})).toEqual({ usd: 0, lines: [], unknown: [] });
  });
});
