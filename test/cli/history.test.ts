import { describe, expect, it } from 'vitest';
import { actor, useFakeSession } from './fake-session';
import { mlops } from './run-command';

const session = useFakeSession();

const SHA = 'ab'.repeat(32);
const approval = {
  decision: 'APPROVED',
  by: { id: 'arn:aws:iam::000000000000:user/risk', kind: 'person' },
  at: '2026-03-01T09:00:00.000Z',
  comment: 'bias is within bounds',
  manifestDigest: 'cd'.repeat(32),
};
const release = {
  releaseId: 'diagnosis-r1',
  model: 'diagnosis',
  version: 3,
  status: 'SUCCEEDED',
  requestedBy: actor,
  requestedAt: '2026-03-01T08:00:00.000Z',
  manifestDigest: approval.manifestDigest,
  approval,
  verdicts: [{ policy: 'roc', kind: 'metric', passed: true, policyDigest: SHA, sentence: 'It ranks well enough.' }],
  steps: [],
};
const version = {
  model: 'diagnosis',
  version: 3,
  status: 'CHAMPION',
  runId: 'diagnosis-1',
  archive: { uri: 's3://artefacts/models/sha256/x/model.tar.gz', sha256: SHA, size: 1 },
  image: `registry/xgboost@sha256:${SHA}`,
  environment: {},
  source: { uri: 's3://artefacts/code/x', sha256: SHA, origin: 'command', commit: '0123456789abcdef', dirty: true },
  dataset: { name: 'tumours', version: 2, contentDigest: SHA },
  metrics: {},
  evidence: [{ kind: 'evaluation', uri: 's3://evidence/runs/evaluation.json', sha256: SHA }],
  contentType: 'text/csv',
  createdBy: actor,
  createdAt: '2026-02-28T00:00:00.000Z',
};
const span = {
  model: 'diagnosis',
  version: 3,
  releaseId: 'diagnosis-r1',
  endpointName: 'mlops-dev-diagnosis',
  endpointConfigName: 'diagnosis-v3-abcdef',
  startedAt: '2026-03-01T10:00:00.000Z',
};
const outOfBand = {
  model: 'diagnosis',
  endpointName: span.endpointName,
  endpointConfigName: 'by-hand',
  startedAt: '2026-03-02T10:00:00.000Z',
  outOfBand: {
    insteadOf: { version: 3, releaseId: 'diagnosis-r1', endpointConfigName: span.endpointConfigName },
    found: {
      status: 'InService',
      endpointConfigName: 'by-hand',
      variants: [{ name: 'Mine', share: 1, model: 'my-model', archiveUri: 's3://mine/model.tar.gz', images: [] }],
    },
    differences: ['the endpoint config is by-hand, released was diagnosis-v3-abcdef'],
  },
};

function answerAll(): void {
  session.aws.api('GET /models/diagnosis', { body: { model: 'diagnosis' } });
  session.aws.api('GET /models/diagnosis/deployments', {
    body: { items: [outOfBand, { ...span, endedAt: outOfBand.startedAt }] },
  });
  session.aws.api('GET /models/diagnosis/releases', { body: { items: [release] } });
  session.aws.api('GET /models/diagnosis/versions', { body: { items: [version] } });
  session.aws.api('GET /models/diagnosis/versions/3', { body: version });
  session.aws.api('GET /releases/diagnosis-r1', { body: release });
}

describe('mlops history', () => {
  it('answers version, span, approver, evidence, data, code and image of a time', async () => {
    answerAll();
    session.aws.api('GET /models/diagnosis/serving', { body: span });
    const { code, stdout } = await mlops(['history', 'diagnosis', '--at', '2026-03-01 12:00+02:00', '--json']);
    expect(code).toBe(0);
    expect(session.aws.callsOf('GET /models/diagnosis/serving')[0]!.query.at).toBe('2026-03-01T10:00:00.000Z');
    expect(JSON.parse(stdout)).toMatchObject({
      at: '2026-03-01T10:00:00.000Z',
      status: 'RELEASED',
      version: 3,
      from: span.startedAt,
      release: { releaseId: 'diagnosis-r1', requestedBy: actor },
      approval,
      policies: [{ policy: 'roc', passed: true, policyDigest: SHA }],
      made: { dataset: version.dataset, source: version.source, image: version.image, evidence: version.evidence },
    });
    const text = (await mlops(['history', 'diagnosis', '--at', '2026-03-01T12:00'])).stdout;
    for (const told of [
      'user/risk',
      'bias is within bounds',
      'tumours version 2',
      '0123456789ab (with changes)',
      SHA,
    ]) {
      expect(text).toContain(told);
    }
    expect(text).toMatch(/^until +now$/m);
  });

  it('lists every span, and which were out of band', async () => {
    answerAll();
    const { stdout } = await mlops(['history', 'diagnosis', '--json']);
    expect(JSON.parse(stdout).spans).toMatchObject([
      { status: 'OUT_OF_BAND', endpointConfigName: 'by-hand', policies: [] },
      { status: 'RELEASED', version: 3, until: outOfBand.startedAt },
    ]);
    expect((await mlops(['history', 'diagnosis'])).stdout).toMatch(/- {2}OUT_OF_BAND .*now/);
  });

  it('says what was found where something else served than was released', async () => {
    answerAll();
    session.aws.api('GET /models/diagnosis/serving', { body: outOfBand });
    const { stdout } = await mlops(['history', 'diagnosis', '--at', '2026-03-03']);
    expect(stdout).toContain('OUT OF BAND');
    expect(stdout).toContain('released was diagnosis-v3-abcdef');
    expect(stdout).toContain('Mine took 100 % of the requests: model my-model, archive s3://mine/model.tar.gz');
  });

  it('says since when versions served, of a time before, and that none has', async () => {
    answerAll();
    const early = await mlops(['history', 'diagnosis', '--at', '2026-01-01']);
    expect(early).toMatchObject({ code: 4, stderr: expect.stringContaining(`served from ${span.startedAt} on`) });
    session.aws.api('GET /models/diagnosis/deployments', { body: { items: [] } });
    expect((await mlops(['history', 'diagnosis', '--at', '2026-01-01'])).stderr).toContain('None has ever served.');
    expect((await mlops(['history', 'diagnosis'])).stdout).toContain('has served yet');
  });

  it('refuses what is no time, a day that no month has, and a time that has not come', async () => {
    for (const bad of ['yesterday', '2026-02-30', '2026-13-01', '12:00', '2026-03-01T25:00', '']) {
      const { code, stderr } = await mlops(['history', 'diagnosis', '--at', bad]);
      expect({ bad, code, said: stderr.includes('such as 2026-03-01') }).toEqual({ bad, code: 2, said: true });
    }
    expect(await mlops(['history', 'diagnosis', '--at', '2999-01-01'])).toMatchObject({ code: 2 });
    expect(session.aws.callsOf('GET /models/diagnosis/serving')).toEqual([]);
  });

  it('passes on which model was likely meant', async () => {
    const message = "There is no model 'diagnose'. Did you mean diagnosis?";
    session.aws.api('GET /models/diagnose', { status: 404, body: { code: 'NotFound', message } });
    session.aws.api('GET /models/diagnose/serving', { status: 404, body: { code: 'NotFound', message } });
    for (const args of [[], ['--at', '2026-03-01']]) {
      expect(await mlops(['history', 'diagnose', ...args])).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('Did you mean diagnosis?'),
      });
    }
  });
});
