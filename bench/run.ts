/**
 * `npm run bench`: measures every part beside its peer and prints one table; `npm run bench -- <part>…` measures some.
 * It judges nothing: its exit code says whether the measuring went through. Results of a run: docs/figures.md.
 */
import { cpus } from 'node:os';
import { audit } from './audit';
import { csv } from './csv';
import { fairness } from './fairness';
import { type Figure, table } from './figure';
import { handlers } from './handlers';
import { idle } from './idle';
import { metrics } from './metrics';
import { mlflow } from './mlflow';
import { jobs, sandbox } from './sandbox';
import { requests } from './sandbox-requests';
import { starts } from './sandbox-starts';
import { synth } from './synth';

const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  handlers,
  synth,
  idle,
  csv,
  metrics,
  mlflow,
  fairness,
  audit,
  jobs,
  requests,
  starts,
  sandbox,
};

async function main(asked: readonly string[]): Promise<number> {
  const unknown = asked.filter((part) => !Object.hasOwn(PARTS, part));
  if (unknown.length > 0) {
    process.stderr.write(`There is no part ${unknown.join(', ')}. Parts: ${Object.keys(PARTS).join(', ')}.\n`);
    return 2;
  }
  const figures: Figure[] = [];
  const failed: string[] = [];
  for (const part of asked.length > 0 ? asked : Object.keys(PARTS)) {
    process.stderr.write(`${part}\n`);
    try {
      figures.push(...(await PARTS[part]!()));
    } catch (error) {
      failed.push(part);
      process.stderr.write(`  not measured: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  process.stdout.write(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n\n`);
  if (figures.length > 0) process.stdout.write(`${table(figures)}\n`);
  if (failed.length > 0) process.stdout.write(`\nNot measured: ${failed.join(', ')}\n`);
  return failed.length > 0 ? 1 : 0;
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
main(process.argv.slice(2)).then((status) => process.exit(status));
