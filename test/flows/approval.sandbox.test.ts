import { GetObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { CHANGE, EVENT_SOURCE, type PolicyVerdict, type ReleaseRecord } from '../../lib/registry/contract';
import { FaultsClient } from '../sandbox/support/faults';
import { auditItems } from './support/audit-items';
import { file, tinyData } from './support/files';
import { type Flows, openFlows, pollUntil } from './support/flows';
import { PLATFORM, RISK_OFFICER } from './support/names';

let flows: Flows;
let data: string;
beforeAll(async () => {
  flows = await openFlows(inject('sandbox'));
  const pushed = await flows.mlops('data', 'push', 'tiny', await tinyData());
  data = String(pushed.json.version);
});

/** Decides while the event of it gets lost, so that the sweeper has to find the decision; AWS loses none on demand. */
async function whileUnheard<T>(decide: () => Promise<T>): Promise<T> {
  const sandbox = inject('sandbox');
  if (sandbox.onAws) return decide();
  const faults = new FaultsClient(sandbox);
  const target = `*:function:${PLATFORM}-careful-*`;
  const [id] = await faults.set({ on: 'event', detailType: CHANGE.approvalRecorded, target, fault: 'lose' });
  const decided = await decide();
  await pollUntil('the event is lost', async () => ((await faults.struck(id!)) > 0 ? true : undefined));
  await faults.remove(id!);
  expect(await flows.invoke('careful', /TriggersSweepReleases/, {})).toMatchObject({
    handed: [{ to: 'sendApproval' }],
  });
  return decided;
}

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
  const deployed = await flows.registry.policies('careful');
  expect(release.policiesDigest, 'what was deployed is what was applied').toBe(deployed.policiesDigest);
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
  const { version, release: waiting } = await candidate();
  expect(version).toBe(2);
  const detail = { model: 'careful', version };
  const again = { id: 'again', source: EVENT_SOURCE, 'detail-type': CHANGE.versionRegistered, detail };
  const asked = await flows.invoke('careful', /TriggersRequestRelease/, again);
  expect(asked).toEqual({ releaseId: waiting.releaseId });

  const rejected = await whileUnheard(() =>
    flows.mlops('models', 'reject', 'careful', '2', '--comment', 'not in this season'),
  );
  expect(rejected.code, rejected.stderr).toBe(0);
  const release = await flows.release('careful', 2);
  expect(release).toMatchObject({ status: 'REJECTED', approval: { decision: 'REJECTED' } });
  expect(release.reason).toContain('not in this season');
  expect(await flows.registry.modelVersion('careful', 2)).toMatchObject({ status: 'REJECTED' });
  expect(await flows.serving('careful')).toEqual({ ...before, versions: [1, 2] });
});

describe('a version that policies hold back', () => {
  const WAIVED = ['slices-accuracy-pulse', 'cost', 'model-card'];
  const expires = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const why = (policy: string) => ['--policy', policy, '--reason', `${policy} is new`, '--expires', expires];
  const trained = async () => {
    const { json } = await flows.mlops('train', 'strict', '--data-version', data);
    expect(json, json.reason).toMatchObject({ status: 'SUCCEEDED' });
    return json.version as number;
  };
  const failedOf = ({ verdicts = [] }: ReleaseRecord) =>
    verdicts.filter(({ passed }) => !passed).map(({ policy }) => policy);

  test('is released with waivers that one person asked for and another granted, and with nothing less', async () => {
    const version = await trained();
    const refused = await flows.release('strict', version);
    expect(refused).toMatchObject({ status: 'REJECTED' });
    expect(failedOf(refused)).toEqual(WAIVED);
    for (const policy of WAIVED) {
      const asked = await flows.mlops('waivers', 'request', 'strict', '1', ...why(policy));
      expect(asked.json, asked.stderr).toMatchObject({ status: 'REQUESTED', releaseId: refused.releaseId });
    }
    const own = await flows.mlops('waivers', 'grant', 'strict', '1', '--policy', 'cost');
    expect(own).toMatchObject({ code: 7, json: { error: { message: expect.stringContaining('four eyes') } } });
    expect((await flows.mlops('release', 'strict', '1', '--no-follow')).code).toBe(9);
    for (const policy of WAIVED) {
      const granted = await flows.mlopsAs(RISK_OFFICER, 'waivers', 'grant', 'strict', '1', '--policy', policy);
      expect(granted.json, granted.stderr).toMatchObject({ status: 'GRANTED' });
    }
    const unheard = await flows.mlopsAs(RISK_OFFICER, 'waivers', 'request', 'strict', '1', ...why('cost'));
    expect(unheard.code, 'who grants does not ask').toBe(7);

    const again = await flows.mlops('release', 'strict', '1');
    expect(again.json, again.stderr).toMatchObject({ status: 'WAITING_FOR_APPROVAL' });
    expect(again.json.verdicts.filter(({ waived }: PolicyVerdict) => waived)).toMatchObject(
      WAIVED.map((policy) => ({
        ...{ policy, passed: false, waived: { reason: `${policy} is new`, expires } },
        sentence: expect.stringContaining(`Waived until ${expires} by `),
      })),
    );
    const approved = await flows.mlopsAs(RISK_OFFICER, 'models', 'approve', 'strict', '1');
    expect(approved.stderr).toContain(`WAIVED  The run cost `);
    expect(await flows.release('strict', version)).toMatchObject({ status: 'SUCCEEDED' });
    const report = await flows.mlops('report', 'strict', '1', '--out', inject('sandbox').stateDir);
    expect(report.json.waivers, report.stderr).toHaveLength(3);
  });

  test('is refused where it is no better than the champion for certain', async () => {
    const release = await flows.release('strict', await trained());
    expect(failedOf(release)).toContain('better-than-champion-roc_auc');
    expect(release).toMatchObject({ status: 'REJECTED', reason: expect.stringContaining('confidence') });
  });
});

describe('a model that was trained elsewhere', () => {
  const archiveOf = async (version: number): Promise<Uint8Array> => {
    const { archive } = await flows.registry.modelVersion('careful', version);
    const { host, pathname } = new URL(archive.uri);
    const { Body } = await flows.s3.send(new GetObjectCommand({ Bucket: host, Key: pathname.slice(1) }));
    return Body!.transformToByteArray();
  };

  test('is sealed, graded and judged here, and waits for a person like any other', async () => {
    const archive = await file('theirs.tar.gz', await archiveOf(1));
    const args = ['models', 'import', 'careful', archive, '--data-version', data, '--reason', 'from a partner'];
    const imported = await flows.mlops(...args);
    expect(imported.json, imported.json.reason).toMatchObject({ status: 'SUCCEEDED', request: { trigger: 'import' } });
    const { version, runId, steps } = imported.json;
    expect(steps.map(({ step }: { step: string }) => step)).not.toContain('Train');
    const record = await flows.registry.modelVersion('careful', version);
    expect(record).toMatchObject({
      origin: 'imported',
      runId,
      archive: (await flows.registry.modelVersion('careful', 1)).archive,
    });
    expect(record.evidence.map(({ kind }) => kind)).toContain('evaluation');
    const release = await flows.release('careful', version, 'WAITING_FOR_APPROVAL');
    expect(release.verdicts?.map(({ kind, passed }) => `${kind} ${passed}`)).toEqual(
      ['lineage-complete', 'data-validated', 'slices', 'better-than-champion', 'cost', 'model-card'].map(
        (kind) => `${kind} true`,
      ),
    );
  });

  test('becomes no version where it is no model', async () => {
    const before = await flows.registry.modelVersions('careful');
    const refused = await flows.mlops(
      ...['models', 'import', 'careful', await file('theirs.tar.gz', 'no archive')],
      '--data-version',
      data,
    );
    expect(refused).toMatchObject({
      code: 1,
      json: { status: 'FAILED', reason: expect.stringContaining('no tar.gz') },
    });
    expect(await flows.registry.modelVersions('careful')).toHaveLength(before.length);
  });
});

test('a run is replayed from its record: equal, and no version of its own', async () => {
  const versions = await flows.registry.modelVersions('careful');
  const { runId } = versions.find(({ version }) => version === 1)!;
  const replayed = await flows.mlops('replay', runId!, '--reason', 'audit');
  expect(replayed.json, JSON.stringify(replayed.json)).toMatchObject({
    status: 'SUCCEEDED',
    request: { trigger: 'replay', replayOf: runId },
    replay: { verdict: 'equal', differences: [] },
  });
  expect(replayed.code).toBe(0);
  expect(replayed.json).not.toHaveProperty('version');
  expect(await flows.registry.modelVersions('careful')).toHaveLength(versions.length);
  const again = await flows.mlops('replay', replayed.json.runId);
  expect(again).toMatchObject({ code: 9, json: { error: { message: expect.stringContaining('is a replay itself') } } });
});

describe('the audit of the model', () => {
  const verify = () => flows.mlops('audit', 'verify', 'careful');

  test('holds what was done in its order, with who is answerable, and is signed', async () => {
    const { json: entries } = await flows.mlops('audit', 'careful', '--last', '1000');
    const types = entries.map(({ type }: { type: string }) => type);
    const way = ['Model Registered', 'Run Requested', 'Model Version Registered', 'Release Requested'];
    const released = [CHANGE.approvalRequested, CHANGE.approvalRecorded, CHANGE.aliasChanged, CHANGE.releaseClosed];
    const places = [...way, ...released].map((type) => types.indexOf(type));
    expect(places, types.join()).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBe(0);
    const approved = entries.find(({ type }: { type: string }) => type === CHANGE.approvalRecorded);
    expect(approved).toMatchObject({
      person: expect.stringMatching(new RegExp(`role/.*${RISK_OFFICER}`)),
      before: { status: 'WAITING_FOR_APPROVAL' },
      after: { approval: { decision: 'APPROVED', comment: 'looks right' } },
      policyDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await pollUntil('every change is in the audit, vouched for by a signed head', async () => {
      const { code, json } = await verify();
      return code === 0 && json.signed === json.entries ? true : undefined;
    });
  });

  test('names the entry of which a byte was flipped, that was removed, or that changed places', async () => {
    const sandbox = inject('sandbox');
    // On AWS the table's own policy lets nobody do it.
    if (sandbox.onAws) return;
    const items = await auditItems(sandbox, 'model:careful');
    const [second, third] = [await items.get(2), await items.get(3)];
    const told = async (message: string) =>
      expect(await verify()).toMatchObject({
        code: 3,
        json: { ok: false, sentence: expect.stringContaining(message) },
      });
    await items.put({ ...second, text: second.text.replace('"', "'") });
    await told('Entry 2 does not have the hash');
    await items.remove(2);
    await told('Entry 2 is missing');
    await items.put({ ...third, sequence: 2 });
    await items.put({ ...second, sequence: 3 });
    await told('Entry 2 is not where it was');
    await items.put(second);
    await items.put(third);
    expect((await verify()).code).toBe(0);
  });
});
