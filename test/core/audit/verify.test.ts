import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  entryOf,
  GENESIS,
  headOf,
  type Link,
  linkOf,
  type RecordedChange,
  readExport,
  verifyChain,
  writeExport,
} from '../../../core/audit';
import { canonicalJson, sha256 } from '../../../core/digest';

const CHAIN = 'model:credit';
/** A line's end to some, and none in JSON. */
const SEPARATOR = '\u2028';

const change = (sequence: number, subject: Record<string, unknown> = {}): RecordedChange => ({
  chain: CHAIN,
  sequence,
  changeId: `${CHAIN}#${sequence}`,
  type: 'Alias Changed',
  time: '2026-03-01T12:00:00.000Z',
  actor: { id: `arn:aws:sts::111122223333:assumed-role/Scientists/${sequence}`, kind: 'person' },
  subject,
  before: null,
  after: { version: sequence },
  evidence: [],
});

function chain(subjects: readonly Record<string, unknown>[]): Link[] {
  const links: Link[] = [];
  for (const [index, subject] of subjects.entries()) {
    links.push(linkOf(change(index + 1, subject), links.at(-1)?.hash ?? GENESIS));
  }
  return links;
}

const headsOf = (links: readonly Link[]) => links.map((link, index) => headOf(CHAIN, index + 1, link));
const subjects = fc.array(
  fc.record({ alias: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(SEPARATOR)), version: fc.nat() }),
  { minLength: 2, maxLength: 12 },
);
/** A chain, and one of its entries by index. */
const chainAndPlace = subjects
  .map(chain)
  .chain((links) => fc.tuple(fc.constant(links), fc.nat({ max: links.length - 1 })));

/** An entry with other content, and a hash that fits it. */
const rewritten = (link: Link): Link => {
  const text = canonicalJson({ ...entryOf(link), time: '2020-01-01T00:00:00.000Z' });
  return { text, hash: sha256(text) };
};

describe('verifyChain', () => {
  it('finds nothing wrong with a chain as it was appended', () => {
    fc.assert(
      fc.property(subjects.map(chain), (links) => {
        const verdict = verifyChain(CHAIN, links, headsOf(links));
        expect(verdict).toEqual({ entries: links.length, hash: links.at(-1)!.hash, anchored: links.length });
      }),
    );
  });

  it('counts sessions of one role as one person', () => {
    const [first, second] = chain([{}, {}]).map(entryOf);
    expect(first!.person).toBe('arn:aws:iam::111122223333:role/Scientists');
    expect(second!.person).toBe(first!.person);
  });

  it('names the entry of which any byte was flipped in an exported file', () => {
    fc.assert(
      fc.property(subjects.map(chain), fc.nat(), fc.integer({ min: 0, max: 7 }), (links, at, bit) => {
        const bytes = Buffer.from(writeExport({ links, heads: [] }));
        const place = at % bytes.length;
        const lines = bytes.subarray(0, place).toString('latin1').split('\n').length;
        bytes[place]! ^= 1 << bit;
        const { fault } = verifyChain(CHAIN, readExport(bytes.toString('utf8')).links);
        expect(fault?.sequence).toBe(lines);
      }),
    );
  });

  it('finds any flipped byte of the heads in an exported file', () => {
    fc.assert(
      fc.property(subjects.map(chain), fc.nat(), fc.integer({ min: 0, max: 7 }), (links, at, bit) => {
        const entries = Buffer.byteLength(writeExport({ links, heads: [] }));
        const bytes = Buffer.from(writeExport({ links, heads: headsOf(links).map((head) => ({ head })) }));
        bytes[entries + (at % (bytes.length - entries))]! ^= 1 << bit;
        const { links: read, heads } = readExport(bytes.toString('utf8'));
        const verdict = verifyChain(
          CHAIN,
          read,
          heads.map(({ head }) => head),
        );
        expect(verdict.fault).toBeDefined();
      }),
    );
  });

  it('names an entry that was rewritten with a hash that fits, by the entry that follows from it', () => {
    fc.assert(
      fc.property(chainAndPlace, ([links, at]) => {
        fc.pre(at < links.length - 1);
        const { fault } = verifyChain(CHAIN, links.with(at, rewritten(links[at]!)));
        expect(fault).toMatchObject({ sequence: at + 1, kind: 'changed' });
      }),
    );
  });

  it('names, by its head, the first entry of a chain that was rewritten from there on', () => {
    fc.assert(
      fc.property(chainAndPlace, ([links, at]) => {
        const forged = links.slice(0, at);
        for (const link of links.slice(at)) {
          const entry = { ...entryOf(link), after: 'forged', previous: forged.at(-1)?.hash ?? GENESIS };
          const text = canonicalJson(entry);
          forged.push({ text, hash: sha256(text) });
        }
        expect(verifyChain(CHAIN, forged).fault).toBeUndefined();
        expect(verifyChain(CHAIN, forged, headsOf(links)).fault).toMatchObject({ sequence: at + 1, kind: 'changed' });
      }),
    );
  });

  it('names an entry that was taken out, and with the heads also a cut-off end', () => {
    fc.assert(
      fc.property(chainAndPlace, ([links, at]) => {
        const { fault } = verifyChain(CHAIN, links.toSpliced(at, 1), headsOf(links));
        expect(fault).toMatchObject({ sequence: at + 1, kind: 'removed' });
        const cut = verifyChain(CHAIN, links.slice(0, at), headsOf(links));
        expect(cut.fault).toMatchObject({ sequence: at + 1, kind: 'removed' });
      }),
    );
  });

  it('names the first of entries that changed places, or came twice', () => {
    fc.assert(
      fc.property(chainAndPlace, fc.nat(), ([links, at], other) => {
        const to = other % links.length;
        fc.pre(at < to);
        const swapped = links.with(at, links[to]!).with(to, links[at]!);
        expect(verifyChain(CHAIN, swapped).fault).toMatchObject({ sequence: at + 1, kind: 'reordered' });
        const twice = links.toSpliced(at + 1, 0, links[at]!);
        expect(verifyChain(CHAIN, twice).fault).toMatchObject({ sequence: at + 2, kind: 'reordered' });
      }),
    );
  });

  it('refuses entries and heads of another chain, and two heads of one entry', () => {
    const links = chain([{}, {}]);
    expect(verifyChain('model:other', links).fault).toMatchObject({ sequence: 1, kind: 'changed' });
    const heads = headsOf(links);
    expect(verifyChain(CHAIN, links, [{ ...heads[0]!, chain: 'model:other' }]).fault?.sequence).toBe(1);
    expect(verifyChain(CHAIN, links, [...heads, { ...heads[1]!, hash: GENESIS }]).fault?.sequence).toBe(2);
  });

  it('tells how far heads vouch for a chain', () => {
    const links = chain([{}, {}, {}]);
    expect(verifyChain(CHAIN, links).anchored).toBe(0);
    expect(verifyChain(CHAIN, links, headsOf(links).slice(0, 2)).anchored).toBe(2);
    expect(verifyChain(CHAIN, [])).toEqual({ entries: 0, hash: GENESIS, anchored: 0 });
  });
});
