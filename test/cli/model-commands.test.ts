import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actor, useFakeSession } from './fake-session';
import { mlops } from './run-command';

const session = useFakeSession();

describe('mlops models', () => {
  const waiting = {
    releaseId: 'r1',
    model: 'diagnosis',
    version: 3,
    status: 'WAITING_FOR_APPROVAL',
    requestedBy: actor,
    steps: [],
  };

  it('approves the very manifest that the waiting release shows', async () => {
    session.aws.api('GET /models/diagnosis/releases', {
      body: { items: [{ ...waiting, manifestDigest: 'd1', policiesDigest: 'p1' }] },
    });
    session.aws.api('POST /releases/r1/approval', { body: { ...waiting, status: 'RUNNING' } });
    const result = await mlops(['models', 'approve', 'diagnosis', '3', '--comment', 'looks good']);
    expect(result).toMatchObject({ code: 0, stdout: 'diagnosis version 3: approved (release r1)\n' });
    expect(result.stderr).toContain('Manifest d1, judged by the policies p1');
    expect(session.aws.callsOf('POST /releases/r1/approval')[0]!.json).toEqual({
      decision: 'APPROVED',
      manifestDigest: 'd1',
      comment: 'looks good',
    });
  });

  it('shows a release with the policies that judged it, and the policies of a model', async () => {
    const verdict = { policy: 'cost', kind: 'cost', passed: true, policyDigest: 'x', sentence: 'The run was cheap.' };
    const record = { ...waiting, policiesDigest: 'p1', verdicts: [verdict] };
    session.aws.api('GET /releases/r1', { body: record });
    const shown = (await mlops(['releases', 'show', 'r1'])).stdout;
    expect(shown).toMatch(/policies +p1/);
    expect(shown).toContain('The run was cheap.');
    const policies = [{ policy: 'cost', policyDigest: 'abc', spec: { kind: 'cost', id: 'cost', maxUsd: 5 } }];
    const of = {
      model: 'diagnosis',
      policiesDigest: 'p1',
      policies,
      changedBy: actor,
      changedAt: '2026-01-01T00:00:00Z',
    };
    session.aws.api('GET /models/diagnosis/policies', { body: of });
    expect((await mlops(['models', 'policies', 'diagnosis'])).stdout).toMatch(/cost +abc +kind cost, maxUsd 5/);
  });

  it('decides on the waiver that it shows, and tells what serves with one that has ended', async () => {
    const waiver = {
      ...{ model: 'diagnosis', version: 3, policy: 'cost', number: 2, status: 'REQUESTED', policyDigest: 'x' },
      ...{ releaseId: 'r1', sentence: 'The run cost $9.', reason: 'first of its kind', expires: '2020-01-31' },
      ...{ requestedBy: actor, requestedAt: '2020-01-02T00:00:00Z' },
    };
    const older = { ...waiver, number: 1, status: 'REJECTED', requestedAt: '2020-01-01T00:00:00Z' };
    session.aws.api('GET /models/diagnosis/waivers', { body: { items: [older, waiver] } });
    session.aws.api('POST /models/diagnosis/versions/3/waivers/decision', { body: { ...waiver, status: 'GRANTED' } });
    const flags = ['diagnosis', '3', '--policy', 'cost'];
    const granted = await mlops(['waivers', 'grant', ...flags]);
    expect(granted).toMatchObject({ code: 0, stdout: expect.stringContaining('mlops release diagnosis 3') });
    expect(granted.stderr).toContain('The run cost $9.');
    expect(session.aws.callsOf('POST /models/diagnosis/versions/3/waivers/decision')[0]!.json).toEqual({
      ...{ policy: 'cost', number: 2, decision: 'GRANTED' },
    });
    expect(await mlops(['waivers', 'reject', ...flags])).toMatchObject({ code: 2 });
    expect(await mlops(['waivers', 'grant', 'diagnosis', '4', '--policy', 'cost'])).toMatchObject({ code: 4 });
    const shown = await mlops(['waivers', 'ls', 'diagnosis', '3']);
    expect(shown.stdout).toMatch(/cost #2 +REQUESTED +2020-01-31/);
  });

  it('exits 9 where the release does not wait, and 4 where there is none', async () => {
    session.aws.api('GET /models/diagnosis/releases', { body: { items: [{ ...waiting, status: 'SUCCEEDED' }] } });
    const result = await mlops(['models', 'approve', 'diagnosis', '3']);
    expect(result).toMatchObject({ code: 9, stderr: expect.stringContaining('r1 is SUCCEEDED') });
    expect(await mlops(['models', 'approve', 'diagnosis', '4'])).toMatchObject({ code: 4 });
  });

  it('rejects a version that no release asks for', async () => {
    session.aws.api('GET /models/diagnosis/releases', { body: { items: [] } });
    session.aws.api('POST /models/diagnosis/versions/3/reject', {
      body: { model: 'diagnosis', version: 3, status: 'REJECTED' },
    });
    const result = await mlops(['models', 'reject', 'diagnosis', '3', '--comment', 'leaks the label']);
    expect(result).toMatchObject({ code: 0, stdout: 'diagnosis version 3: rejected\n' });
    expect(session.aws.callsOf('POST /models/diagnosis/versions/3/reject')[0]!.json).toEqual({
      comment: 'leaks the label',
    });
  });

  it('resolves an alias, and names the aliases there are', async () => {
    const alias = {
      model: 'diagnosis',
      alias: 'champion',
      version: 3,
      changedBy: actor,
      changedAt: '2026-01-01T00:00:00Z',
    };
    session.aws.api('GET /models/diagnosis/aliases', { body: { items: [alias] } });
    session.aws.api('GET /models/diagnosis/releases', { body: { items: [] } });
    session.aws.api('GET /models/diagnosis/versions/3', {
      body: {
        model: 'diagnosis',
        version: 3,
        status: 'CHAMPION',
        archive: { uri: 's3://artefacts/models/x', sha256: 'ab'.repeat(32), size: 1 },
        image: 'image@sha256:0',
        metrics: { roc_auc: 0.99664 },
        evidence: [],
        createdBy: actor,
        createdAt: '2026-01-01T00:00:00Z',
      },
    });
    expect((await mlops(['models', 'show', 'diagnosis@champion'])).stdout).toContain('roc_auc 0.997');
    expect(await mlops(['models', 'show', 'diagnosis@best'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('Its aliases: champion.'),
    });
  });
});

describe('mlops invoke', () => {
  const path = 'POST /endpoints/mlops-dev-diagnosis/invocations';

  it("sends standard input with the model's content type, and writes the answer", async () => {
    session.aws.target(path, ({ headers, body }) => ({ body: `${headers['content-type']} ${body}` }));
    const stdin = (async function* () {
      yield Buffer.from('1,2');
    })();
    expect(await mlops(['invoke', 'diagnosis', '-'], { stdin })).toMatchObject({ code: 0, stdout: 'text/csv 1,2\n' });
  });

  it('tells an endpoint that does not live yet from a model that refuses', async () => {
    const file = join(session.folder, 'row.csv');
    writeFileSync(file, '1,2\n');
    session.aws.target(path, {
      status: 400,
      headers: { 'x-amzn-errortype': 'ValidationError' },
      body: { message: 'Endpoint not found' },
    });
    expect(await mlops(['invoke', 'diagnosis', file])).toMatchObject({ code: 4 });
    session.aws.target(path, {
      status: 424,
      headers: { 'x-amzn-errortype': 'ModelError' },
      body: { OriginalStatusCode: 400, OriginalMessage: 'Row 1 has 2 values' },
    });
    const result = await mlops(['invoke', 'diagnosis', file]);
    expect(result).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The model answered 400: Row 1 has 2 values'),
    });
  });
});

describe('finding the platform', () => {
  it('asks which where there are several, and takes the one that is named', async () => {
    session.aws.parameters.set('/cdk-mlops/other/platform', {
      ...(session.aws.parameters.get('/cdk-mlops/mlops-dev/platform') as object),
      platform: 'other',
    });
    session.aws.api('GET /models', { body: { items: [] } });
    const result = await mlops(['models', 'ls']);
    expect(result).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There are several platforms: mlops-dev, other.'),
    });
    expect(await mlops(['models', 'ls', '--platform', 'other'])).toMatchObject({ code: 0 });
    expect(await mlops(['models', 'ls', '--platform', 'nope'])).toMatchObject({ code: 4 });
  });

  it('says how to deploy where there is none', async () => {
    session.aws.parameters.clear();
    expect(await mlops(['models', 'ls'])).toMatchObject({ code: 4, stderr: expect.stringContaining('mlops deploy') });
  });
});

describe('errors of services', () => {
  it.each([
    [{ __type: 'ExpiredTokenException', message: 'expired' }, 7, 'The AWS credentials have expired.'],
    [
      {
        __type: 'AccessDeniedException',
        message:
          'User: x is not authorized to perform: ssm:GetParametersByPath on resource: arn:aws:ssm:y because no policy',
      },
      7,
      'your identity may not do ssm:GetParametersByPath on arn:aws:ssm:y',
    ],
  ])('explains %j', async (body, code, message) => {
    session.aws.target('AmazonSSM.GetParametersByPath', { status: 400, body });
    const result = await mlops(['models', 'ls']);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });

  it('repeats what can be repeated after a transient answer', async () => {
    let answers = 0;
    session.aws.api('GET /models', () => (++answers < 3 ? { status: 503, body: {} } : { body: { items: [] } }));
    expect(await mlops(['models', 'ls', '--json'])).toMatchObject({ code: 0 });
    expect(answers).toBe(3);
  });

  it('exits 8 and says how to start the sandbox where nothing answers', async () => {
    await session.aws.stop();
    const result = await mlops(['models', 'ls', '--json']);
    expect(result.code).toBe(8);
    expect(result.json().error.hint).toContain('mlops sandbox start');
  });
});
