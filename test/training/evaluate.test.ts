import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest';
import { type EvaluateInput, evaluate } from '../../lambdas/training/evaluate';
import { register } from '../../lambdas/training/register';
import type { SplitInfo } from '../../lib/training/contract';
import { FakeObjects, FakeRegistry, RUN_ID } from './fakes';

const at = (name: string): string => `s3://artifacts/runs/${RUN_ID}/1/held-out/${name}/`;
const rows = Array.from({ length: 20 }, (_, i) => `${i % 2},${i},${i * 2}`);
const TEST = `${rows.join('\n')}\n`;
const predicted = (of: (row: number) => string): string => `${rows.map((row, i) => `${row},${of(i)}`).join('\n')}\n`;
const good = predicted((i) => (i % 2 ? '0.9' : '0.1'));

const input = (champion?: EvaluateInput['champion']): EvaluateInput =>
  ({
    runId: RUN_ID,
    attempt: 1,
    model: 'credit',
    schema: { label: 'default', problem: 'binary' },
    uris: { test: at('test'), meta: at('meta'), transform: at('predictions'), championTransform: at('champion') },
    data: { dataset: 'loans', version: 3, contentDigest: 'digest' },
    champion,
  }) as unknown as EvaluateInput;

const setUp = (predictions: string, testRows = TEST, facets?: string) => {
  const objects = new FakeObjects();
  objects.set(`${at('test')}test.csv`, testRows);
  objects.set(`${at('predictions')}test.csv.out`, predictions);
  const registry = new FakeRegistry();
  const split = {
    columns: ['default', 'a', 'b'],
    rows: { train: 40, validation: 10, test: 20 },
    testSha256: sha256(TEST),
    ...(facets === undefined ? {} : { facetsSha256: sha256(facets) }),
  };
  if (facets !== undefined) objects.set(`${at('meta')}facets.csv`, facets);
  const { read, putJson } = objects;
  return {
    objects,
    registry,
    dependencies: { registry, read, readSplit: async () => split, putJson, evidenceBucket: 'evidence' },
  };
};

describe('evaluating a model', () => {
  it('grades the recorded predictions, and keeps the evaluation as evidence', async () => {
    const { objects, registry, dependencies } = setUp(good);
    const output = await evaluate(input(), dependencies);
    expect(output.metrics.roc_auc).toBe(1);
    expect(output.testDataDigest).toBe(sha256(TEST));
    expect(output.predictions).toEqual({ uri: `${at('predictions')}test.csv.out`, sha256: sha256(good) });
    const written = objects.at(output.uri)!;
    expect(sha256(written)).toBe(output.sha256);
    expect(JSON.parse(written.toString())).toMatchObject({
      binary_classification_metrics: { auc: { value: 1 } },
      metrics: { roc_auc: 1 },
      rows: 20,
      testDataDigest: sha256(TEST),
    });
    expect(registry.step('Evaluate')).toMatchObject({ status: 'SUCCEEDED', output: { evaluation: output } });
  });

  it('answers the same when it is asked again', async () => {
    const { dependencies } = setUp(good);
    expect(await evaluate(input(), dependencies)).toEqual(await evaluate(input(), dependencies));
  });

  it.each([
    ['a prediction is no number', predicted((i) => (i === 6 ? 'nan?' : '0.5')), /test\.csv\.out, line 7.*nan\?/],
    ['a prediction is no probability', predicted((i) => (i === 2 ? '7' : '0.5')), /line 3/],
    ['rows are missing', good.split('\n').slice(0, 15).join('\n'), /15 predictions for 20 rows/],
    ['a row has too many fields', predicted((i) => (i === 0 ? '0.1,0.9' : '0.5')), /line 1/],
    ['there is nothing', '', /0 predictions for 20 rows|empty/],
  ])('fails where %s, naming the row', async (_, output, message) => {
    const { registry, dependencies } = setUp(output);
    await expect(evaluate(input(), dependencies)).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringMatching(message),
    });
    expect(registry.step('Evaluate')).toMatchObject({ status: 'FAILED', reason: expect.stringMatching(message) });
  });

  it('fails where the held-out rows are not those that the split wrote', async () => {
    const { dependencies } = setUp(good, 'other rows\n');
    await expect(evaluate(input(), dependencies)).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringContaining('the split wrote'),
    });
  });

  it('grades the champion on the same rows', async () => {
    const { objects, dependencies } = setUp(good);
    objects.set(
      `${at('champion')}test.csv.out`,
      predicted((i) => (i % 3 ? '0.6' : '0.4')),
    );
    const champion = { version: 4, archiveUri: 's3://x', image: 'i', environment: {} };
    const output = await evaluate(input(champion), dependencies);
    expect(output.championMetrics?.roc_auc).toBeLessThan(1);
    expect(JSON.parse(objects.at(output.uri)!.toString()).champion).toMatchObject({ version: 4, rows: 20 });
  });

  it('does not fail the challenger for a champion that answers garbage', async () => {
    const { objects, dependencies } = setUp(good);
    objects.set(`${at('champion')}test.csv.out`, 'garbage\n');
    const champion = { version: 4, archiveUri: 's3://x', image: 'i', environment: {} };
    const output = await evaluate(input(champion), dependencies);
    expect(output.championMetrics).toBeUndefined();
    expect(JSON.parse(objects.at(output.uri)!.toString()).champion.reason).toContain('The champion');
  });
});

describe('what policies ask the evaluation to measure', () => {
  const facets = `sex\n${rows.map((_, i) => (i < 10 ? 'f' : 'm')).join('\n')}\n`;
  const measuring = (measures: EvaluateInput['measures'], champion?: EvaluateInput['champion']) =>
    ({
      ...input(champion),
      schema: { label: 'default', problem: 'binary', facets: ['sex'] },
      measures,
    }) as EvaluateInput;

  it('is each slice by a facet, by a feature, or why there is none', async () => {
    const { objects, dependencies } = setUp(good, TEST, facets);
    const slices = [{ column: 'sex' }, { column: 'a', edges: [5] }, { column: 'height' }];
    const { uri } = await evaluate(measuring({ slices }), dependencies);
    expect(JSON.parse(objects.at(uri)!.toString()).slices).toMatchObject([
      {
        column: 'sex',
        groups: [
          { value: 'f', rows: 10, metrics: { roc_auc: 1 } },
          { value: 'm', rows: 10 },
        ],
      },
      {
        column: 'a',
        edges: [5],
        groups: [
          { value: 'below 5', rows: 5 },
          { value: '5 and above', rows: 15 },
        ],
      },
      { column: 'height', reason: expect.stringContaining('no column') },
    ]);
  });

  it('is the interval of the gain over the champion on the same rows', async () => {
    const { objects, dependencies } = setUp(good);
    objects.set(
      `${at('champion')}test.csv.out`,
      predicted((i) => (i % 3 ? '0.6' : '0.4')),
    );
    const comparisons = [{ metric: 'roc_auc', higherIsBetter: true, confidence: 0.9 }];
    const champion = { version: 4, archiveUri: 's3://x', image: 'i', environment: {} };
    const { uri } = await evaluate(measuring({ comparisons }, champion), dependencies);
    const [gain] = JSON.parse(objects.at(uri)!.toString()).champion.gains;
    expect(gain).toMatchObject({ metric: 'roc_auc', confidence: 0.9, rows: 20, resamples: 1000, seed: 42 });
    expect(gain.lower).toBeGreaterThan(0);
  });
});

describe('the bias of a model', () => {
  const facets = `sex,age\n${rows.map((_, i) => `${i % 4 < 2 ? 'f' : 'm'},${20 + i}`).join('\n')}\n`;
  const facetInput = (problem = 'binary') =>
    ({ ...input(), schema: { label: 'default', problem, facets: ['sex', 'age'] } }) as EvaluateInput;
  const biasOf = (objects: FakeObjects, uri: string) => JSON.parse(objects.at(uri)!.toString()).bias;

  it('is kept as counts of every combination of facets, and as Clarify writes it', async () => {
    const { objects, dependencies } = setUp(
      predicted((i) => (i % 4 === 1 ? '0.9' : '0.1')),
      TEST,
      facets,
    );
    const { uri } = await evaluate(facetInput(), dependencies);
    const bias = biasOf(objects, uri);
    expect(bias.facets).toEqual(['sex', 'age']);
    expect(bias.cells).toHaveLength(20);
    expect(bias.cells[0]).toEqual({ values: ['f', '20'], counts: [0, 0, 0, 1] });
    const groups = bias.analysis.post_training_bias_metrics.facets;
    expect(groups.sex.map((group: { value_or_threshold: string }) => group.value_or_threshold)).toEqual(['f', 'm']);
    expect(groups.age[0].value_or_threshold).toBe('(29, 39]');
    const recall = groups.sex[0].metrics.find(({ name }: { name: string }) => name === 'RD');
    expect(recall.value).toBe(-1);
  });

  it('is not there without facets, and has a reason where it was not measured', async () => {
    const plain = setUp(good);
    expect(biasOf(plain.objects, (await evaluate(input(), plain.dependencies)).uri)).toBeUndefined();
    const older = setUp(good);
    const { uri } = await evaluate(facetInput(), older.dependencies);
    expect(biasOf(older.objects, uri).reason).toContain('start a new run');
  });

  it('fails the run where the facets are not those that the split wrote', async () => {
    const { objects, dependencies } = setUp(good, TEST, facets);
    objects.set(`${at('meta')}facets.csv`, `${facets}x,1\n`);
    await expect(evaluate(facetInput(), dependencies)).rejects.toThrow(/the split wrote/);
  });
});

describe('what drives a model', () => {
  // Two walks of two features: from 0,0 to 1,2, and from 4,4 to 3,1.
  const points = ['0,0', '1,0', '1,2', '0,2', '4,4', '4,1', '3,1', '3,4'];
  const walks = [
    { row: 0, background: 5, order: [0, 1] },
    { row: 3, background: 6, order: [1, 0] },
  ];
  const EXPLAIN = points.map((point, at) => `${at},${point}\n`).join('');
  const answer = (point: string): string => {
    const [a, b] = point.split(',').map(Number) as [number, number];
    return String((2 * a + b) / 20);
  };
  const ANSWERS = points.map((point, at) => `${at},${point},${answer(point)}\n`).join('');
  const explaining = (explain: SplitInfo['explain'], rows = EXPLAIN, answers = ANSWERS) => {
    const { objects, dependencies } = setUp(good);
    objects.set(`${at('test')}explain.csv`, rows);
    objects.set(`${at('predictions')}explain.csv.out`, answers);
    const readSplit = async () => ({ ...(await dependencies.readSplit()), explain });
    const measured = async (problem = 'binary') => {
      const schema = { label: 'default', problem, facets: ['b'] };
      const { uri } = await evaluate({ ...input(), schema } as EvaluateInput, { ...dependencies, readSplit });
      return JSON.parse(objects.at(uri)!.toString()).explanations;
    };
    return measured;
  };

  it('is kept in the form of SageMaker Clarify, with the answers that it was summed up from', async () => {
    const found = await explaining({ sha256: sha256(EXPLAIN), walks })();
    expect(found).toMatchObject({ rows: 2, walks: 2, facets: ['b'], method: expect.stringContaining('sampling') });
    expect(found.predictions).toEqual({ uri: `${at('predictions')}explain.csv.out`, sha256: sha256(ANSWERS) });
    const { global_shap_values: values, expected_value } = found.kernel_shap.label0;
    expect(Object.keys(values)).toEqual(['b', 'a']);
    expect(values.a).toBeCloseTo(0.1);
    expect(values.b).toBeCloseTo(0.125);
    expect(expected_value).toBeCloseTo(0.3);
  });

  it('is not there where the run explains nothing, and has its reason where it could not', async () => {
    expect(await explaining(undefined)()).toBeUndefined();
    expect(await explaining({ reason: 'Too many features.' })()).toEqual({ reason: 'Too many features.' });
    const words = ANSWERS.replace('0.2\n', 'yes\n');
    const { reason } = await explaining({ sha256: sha256(EXPLAIN), walks }, EXPLAIN, words)();
    expect(reason).toBe('The answer "yes" is no number.');
  });

  it.each([
    ['the rows are not those of the split', `${EXPLAIN}8,1,1\n`, ANSWERS, /the split wrote/],
    ['an answer is missing', EXPLAIN, ANSWERS.split('\n').slice(1).join('\n'), /7 answers for the 8 rows/],
    ['an answer stands twice', EXPLAIN, ANSWERS.replace('1,1,0', '0,1,0'), /8 answers for the 8 rows/],
    ['an answer has two fields', EXPLAIN, ANSWERS.replace('\n', ',0.5\n'), /can't be read/],
  ])('fails the run where %s', async (_, rows, answers, message) => {
    await expect(explaining({ sha256: sha256(EXPLAIN), walks }, rows, answers)()).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringMatching(message),
    });
  });
});

describe('registering a candidate', () => {
  const candidate = {
    ...input(),
    images: { processing: 'p', training: 't', serving: 's@sha256:1' },
    servingEnvironment: { SAGEMAKER_PROGRAM: 'inference.py' },
    contentType: 'text/csv',
    validation: { passed: true, rows: 1, columns: [], reportUri: 's3://e/report.json', reportSha256: 'rr' },
    archive: { uri: 's3://artifacts/models/sha256/aa/model.tar.gz', sha256: 'aa', size: 9 },
    evaluation: {
      uri: 's3://e/evaluation.json',
      sha256: 'ee',
      metrics: { roc_auc: 0.9 },
      testDataDigest: 'tt',
      predictions: { uri: 's3://a/p', sha256: 'pp' },
    },
  };

  it('registers once, with all of its evidence, however often it is asked', async () => {
    const registry = new FakeRegistry();
    const objects = new FakeObjects();
    const dependencies = { registry, putJson: objects.putJson, evidenceBucket: 'evidence', actorId: 'fn' };
    expect(await register(candidate, dependencies)).toEqual({ version: 1 });
    expect(await register(candidate, dependencies)).toEqual({ version: 1 });
    expect(registry.versions).toHaveLength(1);
    expect(registry.versions[0]).toMatchObject({
      image: 's@sha256:1',
      archive: { sha256: 'aa' },
      testDataDigest: 'tt',
      evidence: [{ kind: 'evaluation' }, { kind: 'data-report' }, { kind: 'predictions' }, { kind: 'run' }],
    });
  });

  it('leaves the evidence of the version as it was registered, when it is asked again and the run has moved on', async () => {
    const registry = new FakeRegistry();
    const objects = new FakeObjects();
    const dependencies = { registry, putJson: objects.putJson, evidenceBucket: 'evidence', actorId: 'fn' };
    await register(candidate, dependencies);
    await registry.recordStep(candidate.runId, { step: 'Register', status: 'FAILED', attempt: 1, reason: 'lost' });
    await register(candidate, dependencies);
    const { uri, sha256 } = registry.versions[0]!.evidence.find(({ kind }) => kind === 'run')!;
    const { body } = objects.versions.get(uri.replace('s3://', ''))!;
    expect(createHash('sha256').update(body).digest('hex')).toBe(sha256);
  });
});
