import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conform } from '../../../sandbox/src/sagemaker/api/output';
import { ServiceModel } from '../../../sandbox/src/sagemaker/api/service-model';
import { validateInput, violationsOf } from '../../../sandbox/src/sagemaker/api/validate';

const model = new ServiceModel({
  operations: { Make: { input: { shape: 'MakeInput' }, output: { shape: 'MakeOutput' } } },
  shapes: {
    MakeInput: {
      type: 'structure',
      required: ['JobName', 'Role'],
      members: {
        JobName: { shape: 'Name' },
        Role: { shape: 'Text' },
        Mode: { shape: 'Mode' },
        Count: { shape: 'Count' },
        Items: { shape: 'Items' },
        Tags: { shape: 'Tags' },
        Labels: { shape: 'Labels' },
        Modes: { shape: 'Modes' },
        On: { shape: 'Flag' },
        At: { shape: 'Time' },
        One: { shape: 'One' },
      },
    },
    MakeOutput: { type: 'structure', members: { Name: { shape: 'Text' }, Inner: { shape: 'Items' } } },
    Name: { type: 'string', max: 5, pattern: '[a-z](-*[a-z])*' },
    Text: { type: 'string' },
    Mode: { type: 'string', enum: ['File', 'Pipe'] },
    Count: { type: 'integer', min: 1, max: 10 },
    Items: { type: 'list', member: { shape: 'Item' }, min: 1 },
    Item: { type: 'structure', required: ['Key'], members: { Key: { shape: 'Name' } } },
    Tags: { type: 'map', key: { shape: 'Name' }, value: { shape: 'Text' }, max: 1 },
    Labels: { type: 'map', key: { shape: 'Name' }, value: { shape: 'Text' } },
    Modes: { type: 'map', key: { shape: 'Name' }, value: { shape: 'Mode' } },
    Flag: { type: 'boolean' },
    Time: { type: 'timestamp' },
    One: { type: 'structure', union: true, members: { A: { shape: 'Text' }, B: { shape: 'Text' } } },
  },
});

const valid = { JobName: 'abc', Role: 'r' };
const violations = (extra: object) => violationsOf(model, 'MakeInput', { ...valid, ...extra });

describe('request validation', () => {
  it('takes a request that conforms', () => {
    const input = { ...valid, Mode: 'File', Count: 3, Items: [{ Key: 'a' }], Tags: { a: 'b' }, On: true, At: 1.5 };
    expect(violationsOf(model, 'MakeInput', input)).toEqual([]);
  });

  it('names all violations together, in the wording of AWS', () => {
    expect(() => validateInput(model, 'Make', { JobName: 'A_b', Mode: 'File ', Count: 0 })).toThrow(
      "4 validation errors detected: Value null at 'role' failed to satisfy constraint: Member must not be null; " +
        "Value 'A_b' at 'jobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z](-*[a-z])*; " +
        "Value 'File ' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [File, Pipe]; " +
        "Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  });

  it.each([
    [
      'a length beyond the limit',
      { JobName: 'abcdefg' },
      "at 'jobName' failed to satisfy constraint: Member must have length less",
    ],
    ['a member unknown to the service', { Jobname: 'x' }, "Member 'Jobname' is not known to the service"],
    ['an inherited property name', { constructor: 'x' }, "Member 'constructor' is not known to the service"],
    ['a wrong type', { Count: '3' }, "Value '3' at 'count' failed to satisfy constraint: Member must be an integer"],
    ['a fraction for an integer', { Count: 1.5 }, 'Member must be an integer'],
    ['an item of a list by its place', { Items: [{ Key: 'a' }, {}] }, "Value null at 'items.2.member.key'"],
    ['an empty list', { Items: [] }, 'Member must have length greater than or equal to 1'],
    ['a map key', { Tags: { A: 'b' } }, "at 'tags' failed to satisfy constraint: Map keys"],
    ['a union with two members', { One: { A: 'a', B: 'b' } }, 'Exactly one member of the union'],
    ['a time that is none', { At: 'soon' }, 'Member must be a timestamp'],
  ])('refuses %s', (_, extra, expected) => {
    const found = violations(extra);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('tells of a map’s keys and values together, with all that is asked of them', () => {
    const failed = (at: string, constraint: string) => `Value ${at} failed to satisfy constraint: Map ${constraint}`;
    const name = 'Member must have length less than or equal to 5, Member must satisfy regular expression pattern: ';
    expect(violations({ Labels: { good: 'a', toolong: 'b', BAD: 'c' } })).toEqual([
      failed("'{good=a, toolong=b, BAD=c}' at 'labels'", `keys must satisfy constraint: [${name}[a-z](-*[a-z])*]`),
    ]);
    expect(violations({ Modes: { a: 'File', b: 'Fast' } })).toEqual([
      failed(
        "'{a=File, b=Fast}' at 'modes'",
        'value must satisfy constraint: [Member must satisfy enum value set: [File, Pipe]]',
      ),
    ]);
  });

  it('takes null for an absent member, but not for a required one', () => {
    expect(violations({ Mode: null })).toEqual([]);
    expect(violations({ Role: null })).toHaveLength(1);
  });

  it('never throws anything but a violation, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(Array.isArray(violationsOf(model, 'MakeInput', value))).toBe(true);
      }),
    );
  });
});

describe('answers', () => {
  it('hold only what the model declares', () => {
    const value = { Name: 'n', Secret: 1, Inner: [{ Key: 'k', Other: 2 }], Missing: undefined };
    expect(conform(model, 'MakeOutput', value)).toEqual({ Name: 'n', Inner: [{ Key: 'k' }] });
  });
});
