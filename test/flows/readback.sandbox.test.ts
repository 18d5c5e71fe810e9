import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, inject, it } from 'vitest';
import { type ReadBackResource, readBack, stale, surprises } from '../sandbox/support/readback';
import { deployApp, deployOnce } from './support/deployment';
import { PLATFORM, WIDE } from './support/names';

const MODELS = ['diagnosis', 'tiny', 'careful', 'patient', 'hasty'];
const STACKS = ['CDKToolkit', PLATFORM, ...MODELS.map((model) => `${PLATFORM}-${model}`), WIDE, `${WIDE}-credit`];
const sandbox = inject('sandbox');
let resources: ReadBackResource[];

beforeAll(() => deployOnce(sandbox));
beforeAll(async () => {
  const app = fileURLToPath(new URL('./wide-app.ts', import.meta.url));
  await deployApp(sandbox, app, join(sandbox.stateDir, 'wide.cdk.out'));
  resources = await readBack(sandbox, ...STACKS);
});

it('reads each property of each resource back as the templates want it', () => {
  expect(new Set(resources.map(({ stack }) => stack))).toEqual(new Set(STACKS));
  expect(resources.length).toBeGreaterThan(800);
  expect(surprises(resources)).toEqual([]);
});

it('knows of no difference that is not there any more', () => {
  expect(stale(resources)).toEqual([]);
});
