/** Copies what the library takes along beside its code (scripts that jobs run) into dist/lib, which jsii does not do. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');

const assets = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' }).filter(
  (file) => /[\\/]scripts[\\/]/.test(file) && !/__pycache__|\.ts$/.test(file),
);
for (const file of assets) cpSync(join(root, 'lib', file), join(root, 'dist/lib', file), { recursive: true });
process.stdout.write(`Copied ${assets.length} asset files.\n`);
