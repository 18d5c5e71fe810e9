import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { knownPython } from '../../sandbox/src/known-python';
import { cacheDir, defaultStateDir } from '../../sandbox/src/paths';
import { countPackages } from '../../sandbox/src/python';
import { findPython } from '../../sandbox/src/python-interpreter';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'python-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that answers as an interpreter of that version would. */
function fake(name: string, version: string, venv = 'venv', exit = 0): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "${version}"\necho "${path}"\necho "${venv}"\nexit ${exit}\n`);
  chmodSync(path, 0o755);
}

const path = () => ({ PATH: folder });

describe('the Python of the sandbox', () => {
  it('is the newest that does', async () => {
    fake('python3.11', '3.11.2');
    fake('python3.13', '3.13.1');
    expect(await findPython(path())).toEqual({ executable: join(folder, 'python3.13'), version: '3.13.1' });
  });

  it('is told by the version found where it is too old', async () => {
    fake('python3', '3.9.18');
    await expect(findPython(path())).rejects.toThrow(/python3 is Python 3\.9\.18, which is too old/);
  });

  it('is told by what to install where venv is missing', async () => {
    fake('python3', '3.12.3', "No module named 'ensurepip'");
    await expect(findPython(path())).rejects.toThrow(/without venv .*apt install python3\.12-venv/);
  });

  it('is looked for by MLOPS_PYTHON alone where that is set', async () => {
    fake('python3', '3.12.3');
    fake('mine', '3.10.1');
    const env = { ...path(), MLOPS_PYTHON: join(folder, 'mine') };
    await expect(findPython(env)).rejects.toThrow(/MLOPS_PYTHON=.*mine[\s\S]*3\.10\.1, which is too old/);
  });

  it('is asked for where there is none', async () => {
    await expect(findPython({ PATH: folder })).rejects.toThrow(/needs Python 3\.11 or newer[\s\S]*none was found/);
  });

  it('is remembered while its program is the same, and looked for again when it is another', async () => {
    const env = { ...path(), MLOPS_CACHE_DIR: join(folder, 'cache') };
    fake('python3.12', '3.12.0');
    expect((await knownPython(env)).version).toBe('3.12.0');
    fake('python3.13', '3.13.1');
    expect((await knownPython(env)).version).toBe('3.12.0');
    utimesSync(join(folder, 'python3.12'), 1, 1);
    expect((await knownPython(env)).version).toBe('3.13.1');
    rmSync(join(folder, 'python3.13'));
    expect((await knownPython(env)).version).toBe('3.12.0');
  });

  it('passes over one that does not run', async () => {
    fake('python3.14', 'shim: command not found', '', 127);
    fake('python3.12', '3.12.0');
    expect((await findPython(path())).version).toBe('3.12.0');
  });
});

it('counts each package once, whatever its markers', () => {
  const text = "numpy==2.4.6 ; python_full_version < '3.12' \\\n    --hash=sha256:0\nnumpy==2.5.5 \\\nsix==1.17.0\n";
  expect(countPackages(text)).toBe(2);
});

describe('folders', () => {
  it('keep downloads where the user or the platform wants them', () => {
    expect(cacheDir({ MLOPS_CACHE_DIR: '/c' }, 'linux')).toBe('/c');
    expect(cacheDir({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/cdk-mlops');
    expect(cacheDir({}, 'darwin')).toMatch(/Library\/Caches\/cdk-mlops$/);
  });

  it("keep a sandbox's state in the project around the working directory, else with the user", () => {
    const inner = join(folder, 'a', 'b');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(folder, 'cdk.json'), '{}');
    expect(defaultStateDir('default', inner)).toBe(join(folder, '.mlops', 'sandbox'));
    expect(defaultStateDir('other', inner)).toBe(join(folder, '.mlops', 'sandbox-other'));
    expect(defaultStateDir('default', '/', { XDG_STATE_HOME: '/s' })).toBe('/s/cdk-mlops/sandbox');
  });
});
