import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordProcessor } from '../../../sandbox/src/sagemaker/inference/data-processing';
import { applyJsonPath, parseJsonPath } from '../../../sandbox/src/sagemaker/inference/json-path';
import { csvFields, packRecords, splitLines } from '../../../sandbox/src/sagemaker/inference/records';

const at = (path: string, value: unknown) => applyJsonPath(parseJsonPath(path), value);

describe('JSONPath', () => {
  it.each([
    ['$', [1, 2], [1, 2]],
    ['$[1:]', [1, 2, 3], [2, 3]],
    ['$[:-1]', [1, 2, 3], [1, 2]],
    ['$[0,2]', [1, 2, 3], [1, 3]],
    ['$[0,-1]', [1, 2, 3], [1, 3]],
    ['$[-1]', [1, 2, 3], 3],
    ['$.a.b', { a: { b: 5 } }, 5],
    ["$['a b'][0]", { 'a b': [7] }, 7],
    ["$['id','out']", { id: 1, x: 2, out: 3 }, { id: 1, out: 3 }],
    ['$.missing.more', { a: 1 }, undefined],
    ['$.a', [1], undefined],
    ['$.toString', {}, undefined],
  ])('%s of %j is %j', (path, value, expected) => {
    expect(at(path, value)).toEqual(expected);
  });

  it.each(['', 'a', '$..a', '$[*]', '$[?(@.a)]', '$[a]', '$.', '$[1'])("refuses '%s'", (path) => {
    expect(() => parseJsonPath(path)).toThrow('is not supported');
  });
});

describe('records', () => {
  it('are lines, whatever ends them', () => {
    expect(splitLines('a\r\nb\n\nc')).toEqual(['a', 'b', 'c']);
  });

  it('keep quotes and quoted commas in their CSV fields', () => {
    expect(csvFields('1,"a,b",,"c""d"')).toEqual(['1', '"a,b"', '', '"c""d"']);
  });

  it('are all sent, in order, in requests within the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 20 })), fc.boolean(), (records, multi) => {
        const requests = packRecords(records, multi, 100);
        expect(requests.flat()).toEqual(records);
        for (const batch of requests) {
          expect(batch.reduce((sum, record) => sum + Buffer.byteLength(record) + 1, 0)).toBeLessThanOrEqual(100);
          if (!multi) expect(batch).toHaveLength(1);
        }
      }),
    );
  });

  it('beyond the limit are refused by their number', () => {
    expect(() => packRecords(['a', 'x'.repeat(200)], true, 100)).toThrow('record 2 has 201 bytes');
  });
});

describe('data processing', () => {
  it('drops CSV columns for the model and joins its answer to the whole record', () => {
    const csv = new RecordProcessor(
      { InputFilter: '$[1:]', JoinSource: 'Input', OutputFilter: '$[0,-1]' },
      'text/csv; charset=utf-8',
      'text/csv',
    );
    expect(csv.request('id1,2,3')).toBe('2,3');
    expect(csv.result('id1,2,3', '0.9')).toBe('id1,0.9');
  });

  it('puts the answer into a JSON object as SageMakerOutput', () => {
    const json = new RecordProcessor(
      { InputFilter: '$.features', JoinSource: 'Input', OutputFilter: "$['id','SageMakerOutput']" },
      'application/jsonlines',
      'application/jsonlines',
    );
    expect(json.request('{"id":1,"features":[1,2]}')).toBe('[1,2]');
    expect(json.result('{"id":1,"features":[1,2]}', '{"score":0.5}')).toBe('{"id":1,"SageMakerOutput":{"score":0.5}}');
  });

  it('passes records through untouched where it has nothing to do', () => {
    const none = new RecordProcessor(undefined, 'application/x-own', undefined);
    expect(none.request('any thing')).toBe('any thing');
    expect(none.result('any thing', 'answer')).toBe('answer');
  });

  it.each([
    ['a content type that it cannot read', { InputFilter: '$[0]' }, 'image/png', 'text/csv', 'needs ContentType'],
    ['a join of two formats', { JoinSource: 'Input' }, 'text/csv', 'application/json', 'ContentType and Accept'],
  ])('refuses %s', (_, processing, contentType, accept, message) => {
    expect(() => new RecordProcessor(processing, contentType, accept)).toThrow(message);
  });

  it('fails on a filter that selects nothing, and on a record that is not JSON', () => {
    const csv = new RecordProcessor({ InputFilter: '$[5:]' }, 'text/csv', 'text/csv');
    expect(() => csv.request('1,2')).toThrow("InputFilter selects nothing from the record '1,2'");
    const json = new RecordProcessor({ InputFilter: '$.a' }, 'application/json', 'application/json');
    expect(() => json.request('{')).toThrow("'{' is not JSON");
  });
});
