import { beforeAll, expect, inject, test } from 'vitest';
import { tinyData } from './support/files';
import { type Flows, openFlows } from './support/flows';
import { RISK_OFFICER } from './support/names';

let flows: Flows;
let data: string;
beforeAll(async () => {
  flows = await openFlows(inject('sandbox'));
  const pushed = await flows.mlops('data', 'push', 'tiny', await tinyData());
  data = String(pushed.json.version);
});

/** Trains a version whose release waits for a person. */
async function candidate() {
  const run = await flows.mlops('train', 'careful', '--data-version', data);
  expect(run.json, run.json.reason).toMatchObject({ status: 'SUCCEEDED' });
  const version = run.json.version as number;
  const release = await flows.release('careful', version, 'WAITING_FOR_APPROVAL');
  expect(release, release.reason).toMatchObject({ status: 'WAITING_FOR_APPROVAL' });
  expect(release.manifestDigest).toMatch(/^[0-9a-f]{64}$/);
  return { version, release };
}

test('a release waits for a person, and goes live with the approval', async () => {
  const { version } = await candidate();
  expect(version).toBe(1);
  expect(await flows.registry.aliases('careful')).toEqual([]);
  expect(await flows.registry.deployments('careful')).toEqual([]);

  const own = await flows.mlops('models', 'approve', 'careful', '1', '--comment', 'mine');
  expect(own).toMatchObject({
    code: 7,
    json: { error: { message: expect.stringContaining('started the run careful-') } },
  });
  expect(own.json.error.message).toContain('four eyes');

  const approved = await flows.mlopsAs(RISK_OFFICER, 'models', 'approve', 'careful', '1', '--comment', 'looks right');
  expect(approved.code, approved.stderr).toBe(0);
  const release = await flows.release('careful', 1);
  expect(release).toMatchObject({
    status: 'SUCCEEDED',
    approval: { decision: 'APPROVED', comment: 'looks right', by: { kind: 'person' } },
  });
  expect(release.approval?.manifestDigest).toBe(release.manifestDigest);
  expect(await flows.serving('careful')).toMatchObject({ status: 'InService', champion: 1, versions: [1] });

  const twice = await flows.mlops('models', 'approve', 'careful', '1');
  expect(twice).toMatchObject({ code: 9, json: { error: { hint: expect.stringContaining('SUCCEEDED') } } });
});

test('who decides on releases does not train, and is told which permission is missing', async () => {
  const refused = await flows.mlopsAs(RISK_OFFICER, 'train', 'careful', '--data-version', data);
  expect(refused).toMatchObject({ code: 7, json: { error: { hint: expect.stringContaining('execute-api:Invoke') } } });
});

test('a release that a person rejects ends as REJECTED, and the version before it stays', async () => {
  const before = await flows.serving('careful');
  const { version } = await candidate();
  expect(version).toBe(2);
  const rejected = await flows.mlops('models', 'reject', 'careful', '2', '--comment', 'not in this season');
  expect(rejected.code, rejected.stderr).toBe(0);
  const release = await flows.release('careful', 2);
  expect(release).toMatchObject({ status: 'REJECTED', approval: { decision: 'REJECTED' } });
  expect(release.reason).toContain('not in this season');
  expect(await flows.registry.modelVersion('careful', 2)).toMatchObject({ status: 'REJECTED' });
  expect(await flows.serving('careful')).toEqual({ ...before, versions: [1, 2] });
});
