import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { idleCost } from '../core/costs';
import { buildLambdas } from '../scripts/build-lambdas';
import type { Figure } from './figure';
import { synthesize } from './synth';
import { inWorkspace, note, ROOT } from './workspace';

const SUFFIX = '.template.json';

/** What the templates of the app cost in a month in which nothing happens. */
export async function idle(): Promise<Figure[]> {
  await buildLambdas();
  return inWorkspace(async (folder) => {
    const figures: Figure[] = [];
    for (const stage of ['dev', 'prod']) {
      const out = join(folder, stage);
      await synthesize(join(ROOT, 'bin/app.ts'), out, { stage });
      for (const file of readdirSync(out).filter((name) => name.endsWith(SUFFIX))) {
        const { usd, unknown } = idleCost(JSON.parse(readFileSync(join(out, file), 'utf8')));
        for (const { logicalId, type } of unknown) note(`${file}: no price for ${logicalId} (${type})`);
        const stack = file.slice(0, -SUFFIX.length);
        const target = stack === `mlops-${stage}` ? 5 : 2;
        figures.push({ name: `idle: ${stack}, a month`, unit: 'USD', samples: [usd], target });
      }
    }
    return figures;
  });
}
