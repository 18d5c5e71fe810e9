import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePython } from 'cdk-mlops-sandbox';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { inspectFile, isAllowed, PickleCollector } from '../../core/pickle';

/** Writes models as their libraries write them, and such as run a command when they are loaded. */
const WRITER = `
import io, os, pickle, sys, zipfile, zlib, bz2
import joblib, numpy
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
os.chdir(sys.argv[1])
rows, labels = numpy.random.default_rng(1).normal(size=(60, 3)), numpy.arange(60) % 2
model = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=3)).fit(rows, labels)
texts = {"a": numpy.array(["x", None], dtype=object), "b": numpy.array(["ab"]), "c": numpy.array([]), "m": model,
         "t": make_column_transformer((StandardScaler(), make_column_selector(dtype_include="number")))}
joblib.dump(texts, "good.joblib")
joblib.dump(texts, "good-zlib.joblib", compress=3)
joblib.dump(texts, "closed.joblib", compress=("bz2", 3))
numpy.savez("good.npz", rows=rows, texts=texts["a"])
numpy.savez_compressed("good-packed.npz", texts=texts["a"])
numpy.save("good.npy", texts["a"])
numpy.save("none.npy", rows)
class Evil:
    def __reduce__(self):
        return os.system, ("true",)
for protocol in range(6):
    with open(f"good-{protocol}.pkl", "wb") as file:
        pickle.dump(LogisticRegression().fit(rows, labels), file, protocol=protocol)
    with open(f"evil-{protocol}.pkl", "wb") as file:
        pickle.dump({"weights": [1.5, 2 ** 70, "text", b"bytes", True, None, (1, 2, 3, 4)], "x": Evil()}, file, protocol=protocol)
joblib.dump([rows, Evil(), rows], "evil.joblib")
joblib.dump({"a": numpy.array([Evil()], dtype=object)}, "evil-array.joblib", compress=1)
numpy.savez("evil.npz", a=numpy.array([Evil()], dtype=object))
with zipfile.ZipFile("evil.pt", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("archive/data/0", bytes(1000))
    archive.writestr("archive/data.pkl", pickle.dumps(Evil()))
with open("evil-second.pkl", "wb") as file:
    file.write(pickle.dumps(1) + pickle.dumps(Evil()))
`;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pickles-'));
  const { python } = await ensurePython();
  const { status, stderr } = spawnSync(python, ['-c', WRITER, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}, 60_000);

const inspect = (file: string) => inspectFile(file, readFileSync(join(folder, file)));

describe('pickles', () => {
  it('of models import what models need, in every form in which libraries write them', () => {
    const good = readdirSync(folder).filter((file) => file.startsWith('good'));
    expect(good).toHaveLength(11);
    for (const file of good) {
      const found = inspect(file);
      expect(found.length, file).toBeGreaterThan(0);
      for (const { unknown, problem } of found) expect({ file, unknown, problem }).toEqual({ file, unknown: [] });
    }
    const [forest] = inspect('good.joblib');
    expect(forest!.imports).toEqual(expect.arrayContaining(['sklearn.pipeline.Pipeline', 'sklearn.tree._tree.Tree']));
  });

  it('that call another function are told by its name, wherever they lie', () => {
    const evil = readdirSync(folder).filter((file) => file.startsWith('evil'));
    expect(evil).toHaveLength(11);
    for (const file of evil) {
      const unknown = inspect(file).flatMap((each) => each.unknown);
      expect({ file, unknown }).toEqual({ file, unknown: ['posix.system'] });
    }
    expect(inspect('evil.pt')[0]!.file).toBe('evil.pt!archive/data.pkl');
  });

  it('that can not be looked through are told with the reason', () => {
    expect(inspect('closed.joblib')).toMatchObject([{ problem: 'it is compressed by bzip2, which is not opened' }]);
    const cut = readFileSync(join(folder, 'good-4.pkl')).subarray(0, -20);
    expect(inspectFile('cut.pkl', cut)).toMatchObject([{ problem: expect.stringMatching(/ends too early, at byte/) }]);
    const broken = readFileSync(join(folder, 'good.npz')).subarray(0, -30);
    expect(inspectFile('broken.npz', broken)[0]!.problem).toBeDefined();
  });

  it.each([
    ['numbers of numpy', () => readFileSync(join(folder, 'none.npy'))],
    ['source code', () => Buffer.from('class Model:\n    pass\nimport os\n')],
    ['imports', () => Buffer.from('import os\nimport sys\n')],
    ['JSON', () => Buffer.from('{"a": [1, 2]}')],
    ['nothing', () => Buffer.alloc(0)],
  ])('are not seen in %s', (_, bytes) => {
    expect(inspectFile('a.bin', bytes())).toEqual([]);
  });

  it('never make the reader fail, whatever their bytes', () => {
    const start = fc.constantFrom(
      Buffer.from([0x80, 4]),
      Buffer.from('PK\x03\x04'),
      Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
      Buffer.alloc(0),
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        inspectFile('any', Buffer.concat([head, tail]));
      }),
      { numRuns: 2000 },
    );
    const whole = readFileSync(join(folder, 'good.joblib'));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        inspectFile('any', changed);
      }),
      { numRuns: 300 },
    );
  });

  it('are found in files that come in pieces', () => {
    const collector = new PickleCollector();
    const bytes = readFileSync(join(folder, 'evil.joblib'));
    collector.begin('a', bytes.length);
    for (let at = 0; at < bytes.length; at += 7) collector.data(bytes.subarray(at, at + 7));
    collector.end();
    expect(collector.found).toMatchObject([{ file: 'a', unknown: ['posix.system'] }]);
  });
});

describe('what pickles may import', () => {
  it.each([
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['numpy', 'load'],
    ['numpy.testing._private.utils', 'runstring'],
    ['sklearn.utils', 'subprocess.Popen'],
    ['pandas', 'read_pickle'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['joblib', 'load'],
    ['functools', 'partial'],
    ['operator', 'attrgetter'],
  ])('is not %s.%s', (module, name) => {
    expect(isAllowed({ module, name })).toBe(false);
  });

  it('may be widened by name or module', () => {
    const mine = { module: 'mine.steps', name: 'Scale' };
    expect([isAllowed(mine), isAllowed(mine, ['mine.steps.Scale']), isAllowed(mine, ['mine.steps.*'])]).toEqual([
      false,
      true,
      true,
    ]);
    expect(isAllowed(mine, ['mine.*'])).toBe(false);
  });
});
