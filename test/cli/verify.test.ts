import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { STATEMENT_TYPE, sealEnvelope, versionStatement } from '../../core/attestation';
import { flip, localSigner } from '../core/attestation/keys';
import { sha, versionRecord } from '../release/fakes';
import { useFakeSession } from './fake-session';
import { mlops } from './run-command';

const session = useFakeSession();
const { pem, signer } = localSigner();

describe('mlops models verify, without AWS', () => {
  let files: string[];
  const path = (name: string): string => join(session.folder, name);
  const change = (name: string, at: number): void =>
    writeFileSync(path(name), flip(readFileSync(path(name), 'utf8'), at, 1));

  beforeEach(async () => {
    writeFileSync(path('key.pem'), pem);
    writeFileSync(
      path('statement.json'),
      await sealEnvelope(STATEMENT_TYPE, versionStatement(versionRecord()), signer),
    );
    writeFileSync(path('model.tar.gz'), 'the sealed archive');
    writeFileSync(path('source.tar.gz'), 'the source');
    const given = {
      'public-key': 'key.pem',
      statement: 'statement.json',
      archive: 'model.tar.gz',
      source: 'source.tar.gz',
    };
    files = Object.entries(given).flatMap(([option, name]) => [`--${option}`, path(name)]);
  });

  it('finds everything as it was signed', async () => {
    const result = await mlops(['models', 'verify', 'credit', ...files]);
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('All as signed') });
    expect(session.aws.calls).toEqual([]);
  });

  it.each([
    ['model.tar.gz', 'archive'],
    ['source.tar.gz', 'source'],
  ])('exits 3 where a byte of %s changed, and names it', async (name, part) => {
    change(name, 3);
    const result = await mlops(['models', 'verify', 'credit', ...files]);
    expect(result).toMatchObject({ code: 3, stdout: expect.stringContaining(`Not what was signed: ${part}`) });
  });

  it('exits 3 where the statement changed, or is of another model, or another key signed it', async () => {
    expect(await mlops(['models', 'verify', 'other', ...files])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('credit, not other'),
    });
    change('statement.json', 20);
    expect(await mlops(['models', 'verify', ...files])).toMatchObject({ code: 3 });
    writeFileSync(path('key.pem'), localSigner().pem);
    change('statement.json', 20);
    expect(await mlops(['models', 'verify', ...files])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('It was signed with the key sha256:'),
    });
  });

  it('checks evidence by kind, and says where the statement signs none of that kind', async () => {
    writeFileSync(path('predictions.csv'), '1,0.5,2,0.75\n0,0.25,3,0.125\n');
    const given = ['--evidence', `predictions=${path('predictions.csv')}`, '--evidence', `weather=${path('key.pem')}`];
    const { code, stdout } = await mlops(['models', 'verify', ...files, ...given]);
    expect(code).toBe(3);
    expect(stdout).toContain(`evidence (predictions)  sha256 ${sha('1,0.5,2,0.75\n0,0.25,3,0.125\n')}`);
    expect(stdout).toContain('the statement signs no evidence (weather)');
  });

  it('says which file is missing, and what else it takes', async () => {
    expect(await mlops(['models', 'verify', '--statement', 'x'])).toMatchObject({ code: 2 });
    const gone = await mlops(['models', 'verify', ...files.slice(0, 4), '--archive', path('gone')]);
    expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining("gone can't be read") });
    expect(await mlops(['models', 'verify'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Name a model'),
    });
  });
});
