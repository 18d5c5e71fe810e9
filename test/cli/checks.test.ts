import { describe, expect, it } from 'vitest';
import { failureText } from '../../cli/src/deploy/cdk';
import { deployEvent } from '../../cli/src/deploy/progress';
import { bootstrapCheck, concurrencyCheck, instanceUse, quotaCheck } from '../../cli/src/doctor/checks';

describe('mlops doctor', () => {
  const quotas = [
    { QuotaName: 'ml.m5.large for training job usage', QuotaCode: 'L-1', Value: 15 },
    { QuotaName: 'ml.p4d.24xlarge for training job usage', QuotaCode: 'L-2', Value: 0 },
  ];

  it('holds an instance type against the quota of its use', () => {
    expect(quotaCheck('training', 'ml.m5.large', quotas)).toMatchObject({ status: 'ok', found: '15' });
    expect(quotaCheck('training', 'ml.p4d.24xlarge', quotas)).toMatchObject({
      status: 'fail',
      todo: expect.stringContaining('L-2'),
    });
    expect(quotaCheck('endpoint', 'ml.m5.large', quotas).status).toBe('warn');
  });

  it('says what to do about bootstrap and concurrency', () => {
    expect(bootstrapCheck(undefined)).toMatchObject({ status: 'fail', todo: expect.stringContaining('cdk bootstrap') });
    expect(bootstrapCheck(5).status).toBe('fail');
    expect(bootstrapCheck(28)).toEqual({ check: 'bootstrap', status: 'ok', found: 'version 28' });
    expect(
      [concurrencyCheck(10, 5), concurrencyCheck(10, 10), concurrencyCheck(1000, 900)].map(({ status }) => status),
    ).toEqual(['fail', 'warn', 'ok']);
    expect(concurrencyCheck(undefined, undefined).status).toBe('warn');
  });

  it('knows the uses by the names in a model directory', () => {
    expect(['training', 'serving', 'endpoint', 'other'].map(instanceUse)).toEqual([
      'training',
      'endpoint',
      'endpoint',
      undefined,
    ]);
  });
});

describe('what the CDK says while it deploys', () => {
  it.each([
    ['MlopsPlatform |  3/40 | 12:00:01 PM | CREATE_COMPLETE      | AWS::S3::Bucket | Store (Store1)', 'resource'],
    [' ✅  MlopsPlatform', 'deployed'],
    [' ✅  MlopsPlatform (no changes)', 'deployed'],
    [' ❌  MlopsPlatform failed: Error: x', 'failed'],
    ['✨  Deployment time: 5.1s', 'other'],
    ['', 'other'],
  ])('%s', (line, kind) => {
    expect(deployEvent(line).kind).toBe(kind);
  });

  it('tells a stack without changes from one that was deployed', () => {
    expect(deployEvent(' ✅  A (no changes)')).toEqual({ kind: 'deployed', stack: 'A', changed: false });
    expect(deployEvent(' ✅  A')).toMatchObject({ changed: true });
  });

  it('shows a failure from its first line on, without stack traces', () => {
    const lines = ['synthesizing', '', 'Error: no bundle', '    at f (/a/b.js:1:2)', 'more'];
    expect(failureText(lines)).toBe('Error: no bundle\nmore');
    expect(failureText(['a', 'b'])).toBe('a\nb');
  });
});
