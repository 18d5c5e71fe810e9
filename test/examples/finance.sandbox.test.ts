import { execFile } from 'node:child_process';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensurePython } from 'cdk-mlops-sandbox';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type Flows, openFlows } from '../flows/support/flows';

const EXAMPLE = join(__dirname, '../../examples/finance');

let flows: Flows;
let folder: string;
beforeAll(async () => {
  flows = await openFlows(inject('sandbox'));
  folder = await mkdtemp(join(tmpdir(), 'finance-'));
  const { python } = await ensurePython();
  await promisify(execFile)(python, [join(EXAMPLE, 'data.py'), join(folder, 'credit.csv')]);
  const pushed = await flows.mlops('data', 'push', 'credit', join(folder, 'credit.csv'));
  expect(pushed).toMatchObject({ code: 0, json: { version: 1 } });
});

const train = async (source: string) => {
  const run = await flows.mlops('train', 'credit', '--source', source);
  expect(run, run.stderr).toMatchObject({ code: 0, json: { status: 'SUCCEEDED' } });
  expect(run.json.metrics.roc_auc).toBeGreaterThan(0.74);
  const { verdicts = [], ...release } = await flows.release('credit', run.json.version);
  const of = (policy: string) => verdicts.find((verdict) => verdict.policy === policy)!;
  return { ...release, verdicts, of, age: of('fairness-dppl-age-25') };
};

describe('the risk of credits', () => {
  test('a model that sees every column is refused, because it treats the young unlike others, and says so', async () => {
    const { status, reason, verdicts, of, age } = await train(join(EXAMPLE, 'src'));
    expect(status).toBe('REJECTED');
    expect(verdicts.filter(({ passed }) => !passed).map(({ policy }) => policy)).toEqual([age.policy, 'explanation']);
    expect(Math.abs(age.value as number)).toBeGreaterThan(0.1);
    expect(reason).toContain('(DPPL)');
    expect(of('explanation').sentence).toMatch(/^The protected feature age carries \d\.\d+% of what moves the answers/);
    const report = await flows.mlops('report', 'credit', '1', '--out', folder);
    expect(report.code, report.stderr).toBe(0);
    expect(report.json.drivers[0]).toMatchObject({ feature: 'checking_account' });
    const clauses = report.json.packs[0].sections.flatMap(({ clauses }: { clauses: object[] }) => clauses);
    const groups = clauses.find(({ id }: { id: string }) => id === 'Art. 13(3)(b)(v)');
    expect(groups.findings.map(({ sentence }: { sentence: string }) => sentence)).toContainEqual(
      expect.stringContaining(age.sentence),
    );
  });

  test('one that was mitigated before its training passes, about as good, and serves', async () => {
    const source = join(folder, 'mitigated');
    await cp(join(EXAMPLE, 'src'), source, { recursive: true });
    await cp(join(EXAMPLE, 'mitigated.json'), join(source, 'settings.json'));
    const { status, of, age } = await train(source);
    expect(status).toBe('SUCCEEDED');
    expect(Math.abs(age.value as number)).toBeLessThan(0.1);
    expect(of('explanation').sentence).toContain('sex 0%, age 0%');
    expect(await flows.serving('credit')).toMatchObject({ status: 'InService', champion: 2, versions: [1, 2] });
    const [first, second] = await Promise.all([1, 2].map((version) => flows.registry.modelVersion('credit', version)));
    expect(first!.metrics.roc_auc! - second!.metrics.roc_auc!).toBeLessThan(0.02);
  });
});
