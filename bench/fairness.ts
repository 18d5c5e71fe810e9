import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { countCells, type GroupBias, measureBias, measureCells, parseFacet } from '../core/fairness';
import { codeFacet } from '../core/fairness/facets';
import { type Figure, seconds } from './figure';
import { inWorkspace, note } from './workspace';

/** Python of an environment with `smclarify`, AWS's own library, for the peer; without it ours alone is measured. */
const PEER_PYTHON = process.env.CLARIFY_PYTHON;
const ROUNDS = 3;
const ROWS = 1_000_000;
const FACETS = ['sex', 'race', 'region', 'age>40'];

/** Columns of text as a CSV file gives them, labels and predictions; the same in each run. */
function sample() {
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const column = (value: () => string): string[] => Array.from({ length: ROWS }, value);
  const columns = {
    sex: column(() => (random(2) === 0 ? 'female' : 'male')),
    race: column(() => `race-${random(5)}`),
    region: column(() => `region-${random(10)}`),
    age: column(() => String(18 + random(70))),
  };
  const labels = Uint8Array.from({ length: ROWS }, () => Number(random(10) < 4));
  const predictions = labels.map((label) => (random(10) < 8 ? label : 1 - label));
  return { columns, labels, predictions };
}

type Sample = ReturnType<typeof sample>;

const textOf = ({ columns }: Sample, name: string): string[] => columns[name as keyof Sample['columns']];

/** As the command does: each facet over all rows. */
const overRows = (rows: Sample): GroupBias[] =>
  measureBias({ ...rows, facets: FACETS.map((facet) => codeFacet(parseFacet(facet), (name) => textOf(rows, name))) });

/** As a run's evaluation and the gate do: counts by combination first, then the groups from them. */
function overCells(rows: Sample): GroupBias[] {
  const names = Object.keys(rows.columns);
  const cells = countCells(
    names,
    names.map((name) => textOf(rows, name)),
    rows.labels,
    rows.predictions,
  );
  return measureCells(cells, FACETS.map(parseFacet));
}

/** All metrics of counts for every group of four facets over a million rows, beside AWS's library on the same rows. */
export async function fairness(): Promise<Figure[]> {
  const rows = sample();
  return inWorkspace(async (folder) => {
    const file = join(folder, 'rows.csv');
    const lines = Array.from(rows.labels, (label, row) =>
      [...Object.values(rows.columns).map((column) => column[row]), label, rows.predictions[row]].join(','),
    );
    if (PEER_PYTHON)
      writeFileSync(file, `${[...Object.keys(rows.columns), 'label', 'predicted'].join(',')}\n${lines.join('\n')}\n`);
    const [direct, counted, peer]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) {
      let [one, two]: GroupBias[][] = [];
      direct.push(await seconds(() => (one = overRows(rows))));
      counted.push(await seconds(() => (two = overCells(rows))));
      if (round === 0) note(`DPPL of women: ${dpplOf(one!)} over rows, ${dpplOf(two!)} over cells`);
      if (PEER_PYTHON) peer.push(await peerSeconds(file));
    }
    const beside = PEER_PYTHON ? { peer: { name: 'smclarify', samples: peer } } : {};
    const what = `fairness metrics of ${ROWS} rows, ${FACETS.length} facets`;
    return [
      { name: what, unit: 's', samples: direct, target: 1, ...beside },
      { name: `${what}, as a run counts them`, unit: 's', samples: counted, target: 1, ...beside },
    ];
  });
}

const dpplOf = (groups: readonly GroupBias[]): number | undefined =>
  groups.find(({ value }) => value === 'female')?.postTraining?.find(({ name }) => name === 'DPPL')?.value;

async function peerSeconds(file: string): Promise<number> {
  const { stdout } = await promisify(execFile)(PEER_PYTHON!, [join(__dirname, 'fairness.py'), file]);
  const { seconds: taken, dppl } = JSON.parse(stdout) as { seconds: number; dppl: number };
  note(`DPPL of women by smclarify: ${dppl}`);
  return taken;
}
