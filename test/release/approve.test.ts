import { beforeEach, describe, expect, it } from 'vitest';
import { autoApprove, checkApproval, requestApproval, sendApproval } from '../../lambdas/release/approve';
import { buildManifest, manifestDigestOf } from '../../lambdas/release/manifest';
import type { Actor, PolicyVerdict, RunRecord, WaiverRecord } from '../../lib/registry/contract';
import { EXECUTION, FakeRegistry, hosting, person, RELEASE, versionRecord } from './fakes';

const manifest = buildManifest(versionRecord(), hosting, { account: '111122223333', region: 'eu-west-1' });
const manifestDigest = manifestDigestOf(manifest);
const other = 'f'.repeat(64);
const verdict = (passed: boolean): PolicyVerdict => ({
  policy: 'metric-roc_auc',
  kind: 'metric',
  passed,
  policyDigest: 'a',
  sentence: '.',
});

describe('approval', () => {
  let registry: FakeRegistry;
  let sent: string[];
  const tools = (fourEyes = false) => ({ store: registry.store, model: 'credit', fourEyes });
  const check = (changed = manifest) =>
    checkApproval({ releaseId: RELEASE, manifest: changed, manifestDigest }, tools());
  const send = (valid = true) =>
    sendApproval(RELEASE, {
      ...tools(),
      sendTaskSuccess: async (token) => {
        sent.push(token);
        return valid;
      },
    });
  const decide = (decision: 'APPROVED' | 'REJECTED', digest = manifestDigest) => {
    const approval = { decision, by: person, at: '2026-01-02T00:00:00.000Z', comment: 'seen', manifestDigest: digest };
    registry.release = { ...registry.release, status: 'RUNNING', approval };
  };

  beforeEach(() => {
    registry = new FakeRegistry();
    registry.release = { ...registry.release, manifestDigest, verdicts: [verdict(true)] };
    sent = [];
  });

  it('goes on with an approval of this very manifest', async () => {
    decide('APPROVED');
    expect(await check()).toEqual({ approved: true, reason: undefined });
    expect(registry.release.steps).toMatchObject([{ step: 'Approve', status: 'SUCCEEDED' }]);
  });

  it('tells who said no, and why', async () => {
    decide('REJECTED');
    expect(await check()).toEqual({ approved: false, reason: `${person.id} rejected it: seen` });
  });

  it('stops where the token was answered without a decision on record', async () => {
    await expect(check()).rejects.toThrow(/no decision on it is on record/);
  });

  it('stops where another manifest was decided, or is to be deployed', async () => {
    decide('APPROVED', other);
    await expect(check()).rejects.toThrow(/decided on the manifest f+/);
    decide('APPROVED');
    await expect(check({ ...manifest, image: `evil@sha256:${other}` })).rejects.toThrow(/was to be decided/);
  });

  it('keeps the token for a person, and refuses a manifest that is not the release’s', async () => {
    await requestApproval({ releaseId: RELEASE, manifestDigest, taskToken: 'token' }, tools());
    expect(registry.token).toBe('token');
    await expect(
      requestApproval({ releaseId: RELEASE, manifestDigest: other, taskToken: 'x' }, tools()),
    ).rejects.toMatchObject({ name: 'ReleaseFailed' });
  });

  describe('of what was let through by a waiver', () => {
    const waiver = {
      ...{ model: 'credit', version: 3, policy: 'metric-roc_auc', number: 1, policyDigest: 'a', releaseId: RELEASE },
      ...{ status: 'GRANTED', sentence: '.', reason: 'new', expires: '2999-01-01', requestedAt: '' },
      requestedBy: person,
      decided: { by: { ...person, id: 'arn:aws:iam::111122223333:user/bob' }, at: '' },
    } satisfies WaiverRecord;
    beforeEach(() => {
      const waived = { number: 1, requestedBy: 'ana', grantedBy: 'bob', reason: 'new', expires: '2999-01-01' };
      registry.release = { ...registry.release, verdicts: [{ ...verdict(false), waived }] };
      registry.waivers = [waiver];
    });

    it('is given, automatically too, and tells of the waiver', async () => {
      await autoApprove({ releaseId: RELEASE, manifestDigest, executionArn: EXECUTION }, tools());
      expect(registry.release.approval?.comment).toContain('waived metric-roc_auc until 2999-01-01');
      expect(await check()).toMatchObject({ approved: true });
    });

    it('does not count where the waiver was revoked while the release waited', async () => {
      decide('APPROVED');
      const revoked = { by: person, at: '', comment: 'it does harm' };
      registry.waivers = [{ ...waiver, status: 'REVOKED', revoked }];
      const { approved, reason } = await check();
      expect(approved).toBe(false);
      expect(reason).toContain('revoked it: it does harm');
      expect(registry.release.steps).toMatchObject([{ step: 'Approve', status: 'REJECTED' }]);
    });
  });

  describe('by four eyes', () => {
    const [ana, eve] = ['ana', 'eve'].map((name): Actor => ({ ...person, id: person.id.replace('ana', name) }));
    const approvedBy = (by: Actor) => {
      decide('APPROVED');
      registry.release = { ...registry.release, approval: { ...registry.release.approval!, by } };
      return checkApproval({ releaseId: RELEASE, manifest, manifestDigest }, tools(true));
    };
    beforeEach(() => {
      registry.run = { runId: 'credit-r1', requestedBy: eve } as RunRecord;
    });

    it('names who had a hand in the version, and what it was', async () => {
      await requestApproval({ releaseId: RELEASE, manifestDigest, taskToken: 'token' }, tools(true));
      expect(registry.release.mayNotApprove).toEqual([
        { person: eve!.id, did: 'started the run credit-r1' },
        { person: ana!.id, did: 'made version 3' },
      ]);
    });

    it('believes no approval on record that one of them gave, or that no person gave', async () => {
      const forged = { id: EXECUTION, kind: 'execution' as const };
      await expect(approvedBy(eve!)).rejects.toThrow(/eve started the run credit-r1, and another person/);
      await expect(approvedBy({ ...forged, onBehalfOf: eve!.id })).rejects.toThrow(/four eyes/);
      await expect(approvedBy(forged)).rejects.toThrow(/is no person/);
      expect(await approvedBy({ ...person, id: person.id.replace('ana', 'bob') })).toMatchObject({ approved: true });
    });
  });

  it('sends the token for a recorded decision only', async () => {
    registry.token = 'token';
    expect(await send()).toMatchObject({ sent: false });
    decide('APPROVED', other);
    expect(await send()).toMatchObject({ sent: false });
    expect(sent).toEqual([]);
    decide('REJECTED');
    expect(await send()).toEqual({ sent: true });
    expect(sent).toEqual(['token']);
  });

  it('takes a second event, or one that comes too late, calmly', async () => {
    registry.token = 'token';
    decide('APPROVED');
    expect(await send(false)).toMatchObject({ sent: false, why: expect.stringContaining('answered before') });
  });

  it('approves automatically once, as the execution on behalf of who asked', async () => {
    const input = { releaseId: RELEASE, manifestDigest, executionArn: EXECUTION };
    await autoApprove(input, tools());
    const first = registry.release.approval;
    await autoApprove(input, tools());
    expect(registry.release.approval).toEqual(first);
    expect(first).toMatchObject({
      decision: 'APPROVED',
      by: { id: EXECUTION, kind: 'execution', onBehalfOf: person.id },
      manifestDigest,
    });
    expect(await send()).toMatchObject({ sent: false });
    expect((await check()).approved).toBe(true);
  });

  it('approves nothing automatically whose policies failed or were not asked', async () => {
    const input = { releaseId: RELEASE, manifestDigest, executionArn: EXECUTION };
    registry.release = { ...registry.release, verdicts: [verdict(true), verdict(false)] };
    await expect(autoApprove(input, tools())).rejects.toThrow(/metric-roc_auc failed/);
    registry.release = { ...registry.release, verdicts: undefined };
    await expect(autoApprove(input, tools())).rejects.toThrow(/no verdict/);
    expect(registry.release.approval).toBeUndefined();
  });
});
