import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(__dirname, '..', '..');
const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
  ([, program]) => program!,
);

/** Inside the checkout, so that the programs find the packages that a user would have installed. */
let folder: string;
const programs = blocks.map((_, index) => `program-${index + 1}.ts`);

const run = (program: string, args: string[], env: NodeJS.ProcessEnv = {}) => {
  const done = spawnSync(program, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } });
  return { status: done.status, output: `${done.stdout}${done.stderr}` };
};

beforeAll(() => {
  mkdirSync(join(root, '.mlops'), { recursive: true });
  folder = mkdtempSync(join(root, '.mlops', 'readme-'));
  blocks.forEach((block, index) => {
    writeFileSync(join(folder, programs[index]!), block);
  });
  cpSync(join(root, 'cli/templates/src'), join(folder, 'src'), { recursive: true });
  const paths = { 'cdk-mlops': [join(root, 'lib/index.ts')] };
  const tsconfig = { extends: join(root, 'tsconfig.json'), compilerOptions: { paths }, include: ['*.ts'], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the programs of the README', () => {
  it('are there', () => expect(blocks.length).toBeGreaterThan(0));

  it('compile as they stand', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(run(process.execPath, [tsc, '--noEmit', '-p', folder])).toEqual({ status: 0, output: '' });
  });

  it.each(programs)('synthesize: %s', (program) => {
    const out = join(folder, `${program}.out`);
    const done = run(process.execPath, ['--import', 'tsx', program], {
      CDK_OUTDIR: out,
      TSX_TSCONFIG_PATH: join(folder, 'tsconfig.json'),
    });
    expect(done.status, done.output).toBe(0);
    expect(readdirSync(out).filter((file) => file.endsWith('.template.json')).length).toBeGreaterThan(0);
  });
});
