import { beforeAll, expect, inject, test } from 'vitest';
import { type Flows, openFlows } from './support/flows';

let flows: Flows;
beforeAll(async () => {
  flows = await openFlows(inject('sandbox'));
});

/** Their schedules come every ten or fifteen minutes, too seldom for a test. */
test.each([
  ['of runs', /TrainingTriggersSweep/],
  ['of releases', /ReleaseTriggersSweepReleases/],
])('the sweeper %s finds nothing to do where no event was lost', async (_, logicalId) => {
  const swept = (await flows.invoke('careful', logicalId, {})) as Record<string, unknown>;
  expect(swept).toBeTypeOf('object');
});

test('the sweeper of audits finds nothing to do where no event was lost', async () => {
  const swept = await flows.invoke('', /AuditAppend[0-9A-F]/, { detail: {} });
  expect(swept).toMatchObject({ appended: expect.any(Number) });
});
