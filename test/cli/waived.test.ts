import { expect, it } from 'vitest';
import { servingWaivers } from '../../cli/src/runs/waived';
import type { DeploymentRecord, ReleaseRecord, WaiverRecord } from '../../lib/registry/contract';

const person = (name: string) => ({ id: `arn:aws:iam::111122223333:user/${name}`, kind: 'person' as const });
const release = {
  ...{ releaseId: 'r1', model: 'credit', version: 3, status: 'SUCCEEDED', requestedAt: '', steps: [] },
  requestedBy: person('ada'),
  verdicts: [
    {
      ...{ policy: 'cost', kind: 'cost', passed: false, policyDigest: 'x', sentence: '.' },
      waived: { number: 1, requestedBy: 'ada', grantedBy: 'bob', reason: 'new', expires: '2026-01-31' },
    },
  ],
} satisfies ReleaseRecord;
const waiver: WaiverRecord = {
  ...{ model: 'credit', version: 3, policy: 'cost', number: 1, status: 'GRANTED', policyDigest: 'x', releaseId: 'r0' },
  ...{ sentence: '.', reason: 'new', expires: '2026-01-31', requestedAt: '', requestedBy: person('ada') },
  decided: { by: person('bob'), at: '' },
};
const serves = { version: 3, releaseId: 'r1' } as DeploymentRecord;

it('says what is waived of the version that serves, and when that has ended', () => {
  expect(servingWaivers([serves], [release], [waiver], '2026-01-31')).toEqual([
    'Version 3 serves with what was waived: cost until 2026-01-31.',
  ]);
  const [, lapsed] = servingWaivers([serves], [release], [waiver], '2026-02-01');
  expect(lapsed).toContain('expired after 2026-01-31. Release another version');
  expect(servingWaivers([{ ...serves, endedAt: 'x' }], [release], [waiver])).toEqual([]);
});
