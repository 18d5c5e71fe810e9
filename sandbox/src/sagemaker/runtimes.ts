import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILES = [
  'serve.py',
  'default_handlers.py',
  'xgboost_train.py',
  'xgboost_parameters.py',
  'requirements.py',
] as const;

/** Path of a Python worker or folder; the folder `runtimes` lies beside this module, also once it is bundled. */
export const runtimeFile = (name: (typeof FILES)[number] | 'toolkits'): string =>
  fileURLToPath(new URL(`./runtimes/${name}`, import.meta.url));

/** Identifies what the runtimes do: the workers' sources. */
export function runtimeDefinition(): string {
  const hash = createHash('sha256');
  for (const name of FILES) hash.update(readFileSync(runtimeFile(name)));
  return hash.digest('hex');
}
