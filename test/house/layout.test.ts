import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '..', '..');
const foldersIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !/node_modules|(^|\/)dist\//.test(file))
    .map((file) => join(folder, file));

describe('the house', () => {
  it('has one name for a capability in each storey', () => {
    const strangers = foldersIn('lambdas').filter((name) => name !== 'shared' && !existsSync(join(root, 'lib', name)));
    expect(strangers).toEqual([]);
  });

  it('keeps types and constants only in contracts', () => {
    const loud = filesIn('lib', 'contract.ts').filter((file) =>
      /^import (?!type )|\bnew |aws-cdk-lib/m.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(loud).toEqual([]);
  });

  it('exports every construct of the library through its one door', () => {
    const door = readFileSync(join(root, 'lib/index.ts'), 'utf8');
    for (const name of ['artifacts', 'data', 'governance', 'platform', 'registry', 'release', 'serving', 'training']) {
      expect(door).toContain(`'./${name}/`);
    }
  });

  it('lets no file grow over 300 lines without saying why', () => {
    const storeys = ['bin', 'lib', 'lambdas', 'core', 'cli/src', 'sandbox/src', 'scripts', 'examples'];
    const long = storeys
      .flatMap((folder) => filesIn(folder, '.ts'))
      .filter((file) => {
        const lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n');
        return lines.length > 300 && !/^(\/\*|\/\/)/.test(lines[0]!);
      });
    expect(long).toEqual([]);
  });
});
