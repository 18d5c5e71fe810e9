import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from 'cdk-mlops-sandbox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainFileError } from '../../sandbox/src/file-errors';
import { defaultStateDir } from '../../sandbox/src/paths';
import { readSettings } from '../../sandbox/src/settings';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox files '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('where the sandbox keeps its state', () => {
  it.each([
    ['EACCES', 'may not be written by this user'],
    ['EROFS', 'read-only'],
    ['ENOSPC', 'the disk is full'],
  ])('%s is a sentence with the path and what to do', (code, words) => {
    const error = explainFileError(Object.assign(new Error(code), { code, path: '/state/config.json' }), '/state');
    expect(error).toMatchObject({ name: 'SandboxError' });
    expect((error as Error).message).toContain(`keep its state in /state: /state/config.json: `);
    expect((error as Error).message).toContain(words);
  });

  it('leaves other errors as they are', () => {
    const error = new Error('else');
    expect(explainFileError(error, '/state')).toBe(error);
  });

  it('says so where a file is in the way', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(startSandbox({ stateDir: join(file, 'state') })).rejects.toThrow(
      /^The sandbox can't keep its state in .*a part of the path is a file \(ENOTDIR\)/,
    );
  });

  it.each(['../elsewhere', 'a/b', '', '.hidden', 'x'.repeat(41)])("refuses '%s' as the name of a sandbox", (name) => {
    expect(() => defaultStateDir(name, folder)).toThrow(/can't name a sandbox: use at most 40 letters/);
  });
});

describe('mlops.sandbox.json', () => {
  const write = (text: string) => {
    writeFileSync(join(folder, 'package.json'), '{}');
    writeFileSync(join(folder, 'mlops.sandbox.json'), text);
  };

  it('maps images, and may be missing', () => {
    expect(readSettings(folder)).toEqual({});
    write('{"images": {"sagemaker-xgboost:1.7-1": "xgboost"}}');
    expect(readSettings(folder)).toEqual({ images: { 'sagemaker-xgboost:1.7-1': 'xgboost' } });
  });

  it.each([
    ['{', "can't be read as JSON"],
    ['[]', 'holds no object'],
    ['{"image": {}}', 'does not know: image'],
    ['{"images": {"a": 1}}', 'not a map of texts'],
  ])('is refused by name where it holds %s', (text, words) => {
    write(text);
    expect(() => readSettings(folder)).toThrow(new RegExp(`mlops\\.sandbox\\.json.*${words}`));
  });
});
