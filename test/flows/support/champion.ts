import { tinyData } from './files';
import type { Flows } from './flows';

/**
 * Gives a model of the tiny data its first champion.
 * @returns the version of the data
 */
export async function firstChampion(flows: Flows, model: string): Promise<string> {
  const data = await flows.mlops('data', 'push', 'tiny', await tinyData());
  const version = String(data.json.version);
  const run = await flows.mlops('train', model, '--data-version', version);
  if (run.json.status !== 'SUCCEEDED') throw new Error(`The first run of ${model}: ${JSON.stringify(run.json)}`);
  const release = await flows.release(model, run.json.version);
  if (release.status !== 'SUCCEEDED') throw new Error(`The first release of ${model}: ${JSON.stringify(release)}`);
  return version;
}
