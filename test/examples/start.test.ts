import { describe, expect, it } from 'vitest';
import type { ModelVersionRecord, ReleaseRecord, RunRecord } from '../../lib/registry/contract';
import { decide, type Known } from '../../scripts/start/decide';
import { rowOf, testUri } from '../../scripts/start/prediction';
import { summary } from '../../scripts/start/summary';

const DIGEST = 'c'.repeat(64);
const SOURCE = 's'.repeat(64);

const version = (number: number, over: object = {}): ModelVersionRecord =>
  ({
    model: 'diagnosis',
    version: number,
    status: 'CANDIDATE',
    runId: 'diagnosis-1',
    dataset: { name: 'diagnosis', version: 1, contentDigest: DIGEST },
    source: { uri: 's3://x', sha256: SOURCE, origin: 'command' },
    metrics: { roc_auc: 0.99664, accuracy: 0.953 },
    ...over,
  }) as unknown as ModelVersionRecord;
const run = (over: object = {}): RunRecord =>
  ({
    runId: 'run-1',
    status: 'RUNNING',
    request: { datasetVersion: 1, source: { key: 'k', sha256: SOURCE }, trigger: 'command' },
    ...over,
  }) as RunRecord;
const known = (over: Partial<Known> = {}): Known => ({
  data: { version: 1, contentDigest: DIGEST },
  sourceSha256: SOURCE,
  versions: [],
  runs: [],
  releases: [],
  ...over,
});
const otherSource = { source: { uri: 's3://y', sha256: 'other', origin: 'command' } };

describe('what npm start does next', () => {
  it('trains where there is nothing', () => {
    expect(decide(known())).toEqual({ kind: 'train' });
  });

  it('only shows a champion of the same data and source', () => {
    expect(decide(known({ versions: [version(1, { status: 'CHAMPION' })], champion: 1 }))).toEqual({
      kind: 'show',
      version: 1,
    });
  });

  it('shows the champion that somebody has put in its place since then', () => {
    const versions = [version(2, { status: 'CHAMPION', ...otherSource }), version(1, { status: 'RETIRED' })];
    expect(decide(known({ versions, champion: 2 }))).toEqual({ kind: 'show', version: 2 });
  });

  it('leaves the champion in its place when a later experiment with other parameters was refused', () => {
    const versions = [version(2, { status: 'REJECTED' }), version(1, { status: 'CHAMPION' })];
    expect(decide(known({ versions, champion: 1 }))).toEqual({ kind: 'show', version: 1 });
  });

  it('trains where the data or the source has changed', () => {
    const champion = [version(1, { status: 'CHAMPION' })];
    const data = { version: 2, contentDigest: 'd'.repeat(64) };
    expect(decide(known({ versions: champion, champion: 1, data }))).toEqual({ kind: 'train' });
    expect(decide(known({ versions: champion, champion: 1, sourceSha256: 'new' }))).toEqual({ kind: 'train' });
  });

  it('watches a run of the same inputs that is open, and no other', () => {
    expect(decide(known({ runs: [run()] }))).toEqual({ kind: 'watch-run', runId: 'run-1' });
    expect(decide(known({ runs: [run({ status: 'FAILED' })] }))).toEqual({ kind: 'train' });
    expect(decide(known({ runs: [run({ request: { datasetVersion: 1, trigger: 'command' } })] }))).toEqual({
      kind: 'train',
    });
  });

  it('releases a candidate that was left, by its open release where there is one', () => {
    expect(decide(known({ versions: [version(1)] }))).toEqual({ kind: 'release', version: 1 });
    const releases = [
      { releaseId: 'r2', version: 1, status: 'RUNNING' },
      { releaseId: 'r1', version: 1, status: 'FAILED' },
    ];
    expect(decide(known({ versions: [version(1)], releases: releases as ReleaseRecord[] }))).toEqual({
      kind: 'release',
      version: 1,
      releaseId: 'r2',
    });
  });

  it('trains anew what was refused', () => {
    expect(decide(known({ versions: [version(1, { status: 'REJECTED' })] }))).toEqual({ kind: 'train' });
  });
});

describe('what npm start shows at the end', () => {
  const row = rowOf('malignant,a,b\n0,1,2\n1,3,4\n', '1')!;

  it('finds a recorded row of a label', () => {
    expect(row).toEqual({ label: '1', features: '3,4' });
    expect(rowOf('0,1\n', '1')).toBeUndefined();
  });

  it('finds the held-out rows by what preprocessing has handed on', () => {
    const preprocess = { step: 'Preprocess', status: 'SUCCEEDED', attempt: 1 } as const;
    expect(testUri({ steps: [{ ...preprocess, output: { uris: { test: 's3://b/test/' } } }] })).toBe('s3://b/test/');
    expect(testUri({ steps: [preprocess] })).toBeUndefined();
  });

  it('names metrics, prediction, cost, where to look and how to stop', () => {
    const text = summary({
      version: version(1),
      prediction: { row, probability: 0.998, heldOut: true, file: '/x/row.csv' },
      costUsd: 0.0123,
      endpointInstance: 'ml.m5.large',
      endpoint: 'http://127.0.0.1:4566',
      requestFile: 'row.csv',
    });
    expect(text).toContain('AUC 0.997, accuracy 0.953');
    expect(text).toContain(
      'a row that training never saw: malignant with probability 0.998; in truth it was malignant.',
    );
    expect(text).toMatch(/this run would cost \$0\.0123?; its endpoint costs \$0\.\d+ an hour \(ml\.m5\.large\)/);
    expect(text).toContain('npx mlops invoke diagnosis row.csv');
    expect(text).toContain('npm run stop');
  });
});
