import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, contentDigest, digestOf, digestStream, jsonText, sha256 } from '../../core/digest';
import { inPieces } from './csv/streams';

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('JSON text', () => {
  test('has a form in UTF-8 and a canonical one, whatever half characters texts hold', () => {
    expect(jsonText({ '\ud83d': ['\\ud83d', 'a\udc00b', '\ud83d\ude00'] })).toBe(
      String.raw`{"\ufffd":["\\ud83d","a\ufffdb","😀"]}`,
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (whole) => JSON.parse(jsonText(whole)) === whole));
    const halves = fc.array(fc.integer({ min: 0xd7f0, max: 0xe00f }).map((code) => String.fromCharCode(code)));
    fc.assert(fc.property(halves, (codes) => canonicalJson(JSON.parse(jsonText(codes))).length >= codes.length));
  });
});

describe('canonical JSON', () => {
  test('is that of the example in RFC 8785, section 3.2.2', () => {
    const text = String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`;
    expect(canonicalJson(JSON.parse(text))).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('sorts members by UTF-16 code units, as section 3.2.3 shows', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toEqual(
      Object.values({ '1': 4, '\r': 2, '\u0080': 6, '\u00f6': 7, '\u20ac': 1, '\ud83d\ude00': 5, '\ufb33': 3 }),
    );
  });

  test('does not depend on the order of members, and loses nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test.each([
    [{ a: [1, Number.NaN] }, /\$\.a\[1\] is NaN/],
    [{ a: '\ud800' }, /lone surrogate/],
    [{ a: new Date(0) }, /Date/],
    [[undefined], /\$\[0\] is \[object Undefined\]/],
    [1n, /BigInt/],
  ])('refuses what is no JSON and names the path (case %#)', (value, message) => {
    expect(() => canonicalJson(value)).toThrow(message);
  });

  test('leaves out members that are undefined', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });
});

describe('digests', () => {
  test('of bytes are the published SHA-256', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('of a stream are those of its bytes, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.integer({ min: 1, max: 9 }), async (bytes, size) => {
        expect(await digestStream(inPieces(bytes, size))).toEqual({ size: bytes.length, sha256: sha256(bytes) });
      }),
    );
  });

  test('of values differ where the values do', () => {
    expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
    expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: '1' }));
  });

  test('of a dataset depend on names and content, not on the order of files', () => {
    const files = [
      { name: 'b.csv', size: 2, sha256: sha256('b') },
      { name: 'a.csv', size: 1, sha256: sha256('a') },
    ];
    expect(contentDigest(files)).toBe(contentDigest([...files].reverse()));
    expect(contentDigest(files)).not.toBe(contentDigest(files.map((file) => ({ ...file, name: `x/${file.name}` }))));
    expect(() => contentDigest([files[0]!, files[0]!])).toThrow(/same name/);
  });
});
