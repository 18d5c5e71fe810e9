// Above 300 lines: every case starts the same script on other rows.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { ensurePython } from 'cdk-mlops-sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SplitConfig, SplitInfo } from '../../lib/training/contract';
import { archiveFolder } from '../../lib/training/source-archive';

/** One process for all runs: importing pandas and scikit-learn takes longer than any of them. */
const RUNNER = `
import runpy, sys, pandas, sklearn.model_selection
for line in sys.stdin:
    try:
        runpy.run_path(line.strip(), run_name="__main__")
        code = 0
    except SystemExit as end:
        code = 1 if end.code else 0
    print("exit", code, flush=True)
`;

let runner: ChildProcess;
let codes: AsyncIterator<string>;
let queue: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  const { python } = await ensurePython();
  runner = spawn(python, ['-c', RUNNER], { stdio: ['pipe', 'pipe', 'ignore'] });
  codes = createInterface({ input: runner.stdout! })[Symbol.asyncIterator]();
});
afterAll(() => {
  runner.stdin!.end();
});

/** The exit code of a script. */
const run = (script: string): Promise<number> => {
  const code = queue.then(async () => {
    runner.stdin!.write(`${script}\n`);
    for (;;) {
      const { value, done } = await codes.next();
      if (done) throw new Error('The runner has ended.');
      if (value.startsWith('exit ')) return Number(value.slice(5));
    }
  });
  queue = code;
  return code;
};

const rows = Array.from({ length: 60 }, (_, i) => [
  `r${i}`,
  `${i}`,
  i % 7 === 0 ? '' : `v ${i}`,
  `${i % 3 === 0 ? 1 : 0}`,
]);
const csv = (table: string[][], header = ['id', 'a', 'b', 'label']): string =>
  `${[header, ...table].map((row) => row.join(',')).join('\n')}\n`;
const config: SplitConfig = {
  schema: { label: 'label', id: 'id', problem: 'binary' },
  testShare: 0.3,
  validationShare: 0.25,
  seed: 42,
  header: true,
};

/** Writes down what the user's script can reach. */
const PREPARE = `
import argparse, json, os, pathlib, shutil
parser = argparse.ArgumentParser()
for name in ("train", "validation", "output"):
    parser.add_argument("--" + name, type=pathlib.Path)
args = parser.parse_args()
base = args.output.parent.parent
for name in ("train", "validation"):
    shutil.copytree(getattr(args, name), args.output / name)
(args.output / "preprocessing").mkdir()
seen = sorted(str(p.relative_to(base)) for p in base.rglob("*.csv"))
(args.output / "preprocessing" / "seen.json").write_text(json.dumps(seen))
`;

interface Split {
  readonly code: number;
  readonly message?: string;
  readonly read: (path: string) => string;
  readonly has: (path: string) => boolean;
}

/** Runs the script as a processing job does: in its folders, with its inputs. */
const split = async (
  files: Record<string, string | Buffer>,
  values: Partial<SplitConfig> = {},
  prepare?: string,
  key?: Buffer,
): Promise<Split> => {
  const base = mkdtempSync(join(tmpdir(), 'split-'));
  const at = (...path: string[]): string => join(base, 'processing', ...path);
  for (const name of ['split', 'config', 'data', 'source', 'key']) mkdirSync(at('input', name), { recursive: true });
  copyFileSync(join(__dirname, '../../lib/training/scripts/split.py'), at('input/split/split.py'));
  writeFileSync(at('input/config/config.json'), JSON.stringify({ ...config, ...values }));
  if (key) writeFileSync(at('input/key/hash.key'), key);
  for (const [name, content] of Object.entries(files)) writeFileSync(at('input/data', name), content);
  if (prepare !== undefined) {
    const source = mkdtempSync(join(tmpdir(), 'prepare-'));
    writeFileSync(join(source, 'prepare.py'), prepare);
    writeFileSync(at('input/source/sourcedir.tar.gz'), archiveFolder(source));
  }
  const code = await run(at('input/split/split.py'));
  const message = join(base, 'output/message');
  return {
    code,
    ...(existsSync(message) ? { message: readFileSync(message, 'utf8') } : {}),
    read: (path) => readFileSync(at('output', path), 'utf8'),
    has: (path) => existsSync(at('output', path)),
  };
};

const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('the split', () => {
  it('holds out a stratified share of all rows, label first and without header, and loses none', async () => {
    const { code, read } = await split({ 'a.csv': csv(rows.slice(0, 20)), 'b.csv.gz': gzipSync(csv(rows.slice(20))) });
    expect(code).toBe(0);
    const test = lines(read('test/test.csv'));
    const train = lines(read('train/train.csv'));
    const validation = lines(read('validation/validation.csv'));
    expect(train.shift()).toBe('label,a,b');
    expect(validation.shift()).toBe('label,a,b');
    expect([test.length, validation.length, train.length]).toEqual([18, 11, 31]);
    expect(test.filter((row) => row.startsWith('1,'))).toHaveLength(6);
    const all = [...test, ...train, ...validation].sort();
    expect(all).toEqual(rows.map(([, a, b, label]) => `${label},${a},${b}`).sort());
    const meta = JSON.parse(read('meta/split.json')) as SplitInfo;
    expect(meta.columns).toEqual(['label', 'a', 'b']);
    expect(meta.rows).toEqual({ train: 31, validation: 11, test: 18 });
    expect(meta.testSha256).toBe(createHash('sha256').update(read('test/test.csv')).digest('hex'));
  });

  it('drops and hashes columns before anything else sees them, in all three parts, and says which', async () => {
    const key = Buffer.alloc(32, 7);
    const schema = { label: 'label', problem: 'binary' } as const;
    const privacy = { id: 'drop', b: 'hash', a: 'allow' } as const;
    const { code, read } = await split({ 'a.csv': csv(rows) }, { schema, privacy }, undefined, key);
    expect(code).toBe(0);
    const all = [
      ...lines(read('train/train.csv')).slice(1),
      ...lines(read('validation/validation.csv')).slice(1),
      ...lines(read('test/test.csv')),
    ];
    const hash = (value: string) => createHmac('sha256', key).update(value).digest('hex');
    expect(all.sort()).toEqual(rows.map(([, a, b, label]) => `${label},${a},${b && hash(b)}`).sort());
    const meta = JSON.parse(read('meta/split.json')) as SplitInfo;
    expect(meta.columns).toEqual(['label', 'a', 'b']);
    expect(meta.privacy).toEqual({ dropped: ['id'], hashed: ['b'] });
  });

  it('takes the key away before the script of the user runs, and refuses to hash without one', async () => {
    const seeks = PREPARE.replace('*.csv', '*');
    const privacy = { b: 'hash' } as const;
    const { code, read } = await split(
      { 'a.csv': csv(rows) },
      { privacy, entry: 'prepare.py' },
      seeks,
      Buffer.alloc(32),
    );
    expect(code).toBe(0);
    expect(read('preprocessing/seen.json')).not.toContain('key');
    expect(read('train/train.csv')).not.toContain('v ');
    const none = await split({ 'a.csv': csv(rows) }, { privacy });
    expect(none.message).toContain('The key by which columns are hashed is gone');
    const short = await split({ 'a.csv': csv(rows) }, { privacy }, undefined, Buffer.alloc(8));
    expect(short.message).toContain('has 8 bytes; 32 are needed');
    const unknown = await split({ 'a.csv': csv(rows) }, { privacy: { c: 'drop', d: 'drop' } });
    expect(unknown.message).toContain('columns that the data lacks: c, d');
  });

  it('keeps the facets of the test rows beside them, in their order, whether or not the model sees them', async () => {
    const schema = { label: 'label', id: 'id', problem: 'binary', features: [{ name: 'a', type: 'numeric' }] } as const;
    const { code, read } = await split({ 'a.csv': csv(rows) }, { schema: { ...schema, facets: ['b', 'a'] } });
    expect(code).toBe(0);
    const facets = read('meta/facets.csv');
    const byNumber = new Map(rows.map(([, a, b]) => [a, b]));
    const test = lines(read('test/test.csv')).map((row) => row.split(',')[1]!);
    expect(lines(facets)).toEqual(['b,a', ...test.map((a) => `${byNumber.get(a)},${a}`)]);
    const meta = JSON.parse(read('meta/split.json')) as SplitInfo;
    expect(meta.facetsSha256).toBe(createHash('sha256').update(facets).digest('hex'));
    const missing = await split({ 'a.csv': csv(rows) }, { schema: { ...schema, facets: ['sex'] } });
    expect(missing.message).toBe('The data has no column sex, a facet; it has id, a, b, label.');
  });

  it('is the same for the same seed', async () => {
    const files = { 'a.csv': csv(rows) };
    const [one, two, other] = await Promise.all([split(files), split(files), split(files, { seed: 7 })]);
    expect(two.read('test/test.csv')).toBe(one.read('test/test.csv'));
    expect(other.read('test/test.csv')).not.toBe(one.read('test/test.csv'));
  });

  it("shows the user's script neither the data nor the test rows", async () => {
    const { code, read, has } = await split({ 'a.csv': csv(rows) }, { entry: 'prepare.py' }, PREPARE);
    expect(code).toBe(0);
    const seen = JSON.parse(read('preprocessing/seen.json')) as string[];
    expect(seen.some((path) => path.includes('input/data') || path.includes('test'))).toBe(false);
    expect(has('test/test.csv')).toBe(true);
  });

  it('leaves the header out where an algorithm wants none', async () => {
    const { read } = await split({ 'a.csv': csv(rows) }, { header: false });
    expect(lines(read('train/train.csv'))[0]).toMatch(/^[01],/);
  });

  it.each<[string, Record<string, string | Buffer>, Partial<SplitConfig>, string | undefined, RegExp]>([
    ['no file', {}, {}, undefined, /no file that ends in \.csv/],
    [
      'another header',
      { 'a.csv': csv(rows), 'b.csv': csv(rows, ['x', 'a', 'b', 'label']) },
      {},
      undefined,
      /b\.csv has the columns/,
    ],
    [
      'no label column',
      { 'a.csv': csv(rows, ['id', 'a', 'b', 'c']) },
      {},
      undefined,
      /no column label; it has id, a, b, c/,
    ],
    ['a row without label', { 'a.csv': csv([...rows, ['x', '1', '2', '']]) }, {}, undefined, /missing in 1 of 61 rows/],
    [
      'one class',
      { 'a.csv': csv(rows.map((row) => [...row.slice(0, 3), '1'])) },
      {},
      undefined,
      /one class only \('1'\)/,
    ],
    ['a class of one row', { 'a.csv': csv([...rows, ['x', '1', '2', '9']]) }, {}, undefined, /class '9' in 1 row/],
    [
      'a file that went since the plan',
      { 'a.csv': csv(rows) },
      { files: [{ name: 'part/b.csv', sha256: '0'.repeat(64) }] },
      undefined,
      /part\/b\.csv is gone since the run was planned/,
    ],
    [
      'a file that changed since the plan',
      { 'a.csv': csv(rows) },
      { files: [{ name: 'a.csv', sha256: '0'.repeat(64) }] },
      undefined,
      /a\.csv has the SHA-256 [0-9a-f]{64}, planned was 0{64}/,
    ],
    ['what is not UTF-8', { 'a.csv': Buffer.from([0x61, 0x0a, 0xff, 0xfe]) }, {}, undefined, /a\.csv is not UTF-8/],
    [
      'line breaks in a value',
      { 'a.csv': csv([...rows, ['x', '1', '"p\nq"', '0']]) },
      {},
      undefined,
      /Column 'b' holds line breaks/,
    ],
    [
      'a script that fails',
      { 'a.csv': csv(rows) },
      { entry: 'prepare.py' },
      'raise SystemExit("no column x")',
      /exit code 1: no column x/,
    ],
    ['a script that writes nothing', { 'a.csv': csv(rows) }, { entry: 'prepare.py' }, 'pass', /wrote nothing to/],
  ])('names what is wrong with %s', async (_, files, values, prepare, message) => {
    const result = await split(files, values, prepare);
    expect(result.code).toBe(1);
    expect(result.message).toMatch(message);
    expect(result.has('test/test.csv')).toBe(false);
  });
});

describe('the rows by which a model is explained', () => {
  const explain = { rows: 12, permutations: 2, maxPredictions: 1000, seed: 7 };
  /** Rows of `explain.csv` by walk, without their numbers. */
  const walksIn = (done: Split) => {
    const { explain: found } = JSON.parse(done.read('meta/split.json')) as SplitInfo;
    if (!found || 'reason' in found) throw new Error(found?.reason ?? 'nothing was explained');
    const written = lines(done.read('test/explain.csv')).map((row) => row.split(','));
    expect(written.map(([number]) => Number(number))).toEqual(written.map((_, at) => at));
    const points = written.map((row) => row.slice(1));
    return {
      ...found,
      points,
      walks: found.walks.map((walk, at) => ({ ...walk, points: points.slice(4 * at, 4 * at + 4) })),
    };
  };

  it('lead from a training row to a test row and back, one feature after the other', async () => {
    const done = await split({ 'a.csv': csv(rows) }, { explain });
    const { walks, points, sha256 } = walksIn(done);
    expect(sha256).toBe(createHash('sha256').update(done.read('test/explain.csv')).digest('hex'));
    expect([walks.length, new Set(walks.map(({ row }) => row)).size, points.length]).toEqual([24, 12, 96]);
    const table = (path: string) => lines(done.read(path)).map((row) => row.split(',').slice(1));
    const [test, train] = [table('test/test.csv'), table('train/train.csv').slice(1)];
    for (const { row, background, order, points: path } of walks) {
      const [start, end] = [train[background]!, test[row]!];
      const mixed = (taken: number[]) => start.map((old, feature) => (taken.includes(feature) ? end[feature] : old));
      expect(path).toEqual([start, mixed([order[0]!]), end, mixed([order[1]!])]);
    }
    expect(new Set(walks.map(({ order }) => order.join())).size).toBe(2);
  });

  it('are the same for the same seed, and leave the split as it is', async () => {
    const files = { 'a.csv': csv(rows) };
    const other = { ...explain, seed: 8 };
    const [one, two, three, none] = await Promise.all([
      split(files, { explain }),
      split(files, { explain }),
      split(files, { explain: other }),
      split(files),
    ]);
    expect(two.read('test/explain.csv')).toBe(one.read('test/explain.csv'));
    expect(three.read('test/explain.csv')).not.toBe(one.read('test/explain.csv'));
    expect(none.read('test/test.csv')).toBe(one.read('test/test.csv'));
    expect(none.has('test/explain.csv')).toBe(false);
  });

  it('are fewer where they would be too many, and none where too few rows would be explained', async () => {
    const files = { 'a.csv': csv(rows) };
    const within = async (maxPredictions: number) =>
      walksIn(await split(files, { explain: { ...explain, maxPredictions } }));
    expect((await within(60)).walks.map(({ row }) => row)).toHaveLength(12);
    expect(new Set((await within(44)).walks.map(({ row }) => row)).size).toBe(11);
    await expect(within(39)).rejects.toThrow(
      'To explain 10 rows of 2 features takes 40 predictions, and 39 are allowed: raise explain.maxPredictions of the model.',
    );
  });
});
