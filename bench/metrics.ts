import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { measureBinary } from '../core/quality';
import { type Figure, seconds } from './figure';
import { inWorkspace, note, sandboxPython } from './workspace';

const ROUNDS = 7;
const ROWS = 20_000;

/** Labels and scores that overlap, the same in each run. */
function sample(): { labels: number[]; scores: number[] } {
  const wave = (row: number): number => (Math.sin(row * 12.9898) * 43758.5453) % 1;
  const labels = Array.from({ length: ROWS }, (_, row) => row % 2);
  const scores = labels.map((label, row) => Math.min(0.999, Math.max(0.001, 0.35 + 0.3 * label + 0.35 * wave(row))));
  return { labels, scores };
}

/** The metrics of a binary label with their deviations, beside scikit-learn in the sandbox's Python. */
export async function metrics(): Promise<Figure[]> {
  const python = await sandboxPython();
  return inWorkspace(async (folder) => {
    const rows = sample();
    const file = join(folder, 'sample.json');
    writeFileSync(file, JSON.stringify(rows));
    const peer: number[] = [];
    const ours: number[] = [];
    let [ourAuc, peerAuc]: (number | undefined)[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(
        1000 *
          (await seconds(() => {
            ourAuc = measureBinary(rows).metrics.roc_auc;
          })),
      );
      // Two rounds in Python, of which the first one warms up.
      const { stdout } = await promisify(execFile)(python, [join(__dirname, 'metrics.py'), file, '2']);
      const answer = JSON.parse(stdout) as { times: number[]; auc: number };
      peer.push(answer.times.at(-1)!);
      peerAuc = answer.auc;
    }
    note(`AUC of ours ${ourAuc}, of scikit-learn ${peerAuc}`);
    const what = `metrics of ${ROWS} rows, with deviations`;
    return [{ name: what, unit: 'ms', samples: ours, peer: { name: 'scikit-learn', samples: peer } }];
  });
}
