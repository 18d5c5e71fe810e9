import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { GENESIS, headOf, keptHead, type Link, linkOf, readHead, writeExport } from '../../core/audit';
import { flip, localSigner } from '../core/attestation/keys';
import { useFakeSession } from './fake-session';
import { mlops } from './run-command';

const session = useFakeSession();
const { pem, signer } = localSigner();
const CHAIN = 'model:credit';
const change = (sequence: number) => ({
  ...{
    chain: CHAIN,
    sequence,
    changeId: `${CHAIN}#${sequence}`,
    type: 'Alias Changed',
    time: '2026-03-01T12:00:00.000Z',
  },
  actor: { id: 'arn:aws:sts::111122223333:assumed-role/Scientists/ada', kind: 'person' as const },
  subject: { model: 'credit', alias: 'challenger', version: sequence },
  ...{ before: null, after: { version: sequence }, evidence: [] },
});
const links: Link[] = [];
for (let sequence = 1; sequence <= 4; sequence++) {
  links.push(linkOf(change(sequence), links.at(-1)?.hash ?? GENESIS));
}

describe('mlops audit', () => {
  it('shows who changed what, the newest at the end, and writes all into a file', async () => {
    session.aws.api('GET /audit', ({ query }) =>
      query.next ? { body: { items: links.slice(2) } } : { body: { items: links.slice(0, 2), next: '2' } },
    );
    session.aws.target('GET /evidence/', {
      headers: { 'content-type': 'application/xml' },
      body: '<ListBucketResult/>',
    });
    const file = join(session.folder, 'credit.jsonl');
    const { code, stdout } = await mlops(['audit', 'credit', '--last', '2', '--export', file]);
    expect(code).toBe(0);
    expect(stdout).toContain('version 4 challenger');
    expect(stdout).toContain('arn:aws:iam::111122223333:role/Scientists');
    expect(stdout).not.toContain('version 2');
    expect(session.aws.callsOf('GET /audit')[0]!.query).toEqual({ of: 'model:credit' });
    expect(readFileSync(file, 'utf8')).toBe(writeExport({ links, heads: [] }));
  });

  it('says that there is none where nothing was changed', async () => {
    session.aws.api('GET /audit', { body: { items: [] } });
    session.aws.target('GET /evidence/', {
      headers: { 'content-type': 'application/xml' },
      body: '<ListBucketResult/>',
    });
    expect(await mlops(['audit', 'loans', '--dataset'])).toMatchObject({ code: 4 });
  });
});

describe('mlops audit verify, without AWS', () => {
  let file: string;
  let key: string;
  const verify = (...more: string[]) => mlops(['audit', 'verify', '--file', file, ...more]);
  const rewrite = (changed: readonly Link[], heads = 4) =>
    writeExport({ links: [...changed], heads: kept.slice(0, heads) });
  let kept: NonNullable<ReturnType<typeof readHead>>[];

  beforeEach(async () => {
    [file, key] = ['credit.jsonl', 'key.pem'].map((name) => join(session.folder, name)) as [string, string];
    const lines = links.map((link, i) => keptHead(headOf(CHAIN, i + 1, link), signer));
    kept = (await Promise.all(lines)).map((line) => readHead(line)!);
    writeFileSync(file, rewrite(links));
    writeFileSync(key, pem);
  });

  it('finds a whole audit sound, and says how far heads and signatures vouch for it', async () => {
    const { code, stdout } = await verify('--public-key', key);
    expect(stdout).toContain(
      '4 entries, each as it was appended. Heads in the evidence vouch for it up to entry 4, signed',
    );
    expect(code).toBe(0);
    writeFileSync(file, rewrite(links, 0));
    expect((await verify()).stdout).toContain('No head vouches for it');
    expect(session.aws.calls).toEqual([]);
  });

  it('exits 3 and names the first entry that was changed, removed or moved', async () => {
    const [a, b, c, d] = links as [Link, Link, Link, Link];
    const forged = linkOf({ ...change(3), actor: { id: 'nobody', kind: 'person' } }, b.hash);
    for (const [changed, told] of [
      [[a, b, { ...c, text: c.text.replace('challenger', 'Challenger') }, d], 'Entry 3 does not have the hash'],
      [[a, b, forged, linkOf(change(4), forged.hash)], 'Entry 3 is not the one that its head names'],
      [[a, c, d], 'Entry 2 is missing'],
      [[a, b, c], 'Entry 4 is missing'],
      [[b, a, c, d], 'Entry 1 is not where it was'],
    ] as const) {
      writeFileSync(file, rewrite(changed));
      expect(await verify('--public-key', key)).toMatchObject({ code: 3, stdout: expect.stringContaining(told) });
    }
    writeFileSync(file, flip(rewrite(links), 300, 1));
    expect(await verify()).toMatchObject({ code: 3, stdout: expect.stringContaining('Entry 1 ') });
  });

  it('exits 3 where another key signed the heads, or none did, and for the audit of another model', async () => {
    expect(await verify('credit')).toMatchObject({ code: 0 });
    expect(await mlops(['audit', 'verify', 'other', '--file', file])).toMatchObject({ code: 3 });
    writeFileSync(key, localSigner().pem);
    expect(await verify('--public-key', key)).toMatchObject({ code: 3, stdout: expect.stringContaining('sha256:') });
    writeFileSync(file, writeExport({ links, heads: kept.map(({ head }) => ({ head })) }));
    expect(await verify('--public-key', key)).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('is not signed'),
    });
  });

  it('says which file is no audit, and what it needs', async () => {
    expect(await mlops(['audit', 'verify'])).toMatchObject({ code: 2 });
    expect(await mlops(['audit', 'verify', '--file', join(session.folder, 'gone')])).toMatchObject({ code: 2 });
    writeFileSync(file, 'something else\n');
    expect(await verify()).toMatchObject({ code: 2, stderr: expect.stringContaining('is no exported audit') });
  });
});
