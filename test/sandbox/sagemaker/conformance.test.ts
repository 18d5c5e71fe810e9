import { describe, expect, it } from 'vitest';
import { Conformance } from '../../../sandbox/src/sagemaker/api/conformance';
import { ServiceModel } from '../../../sandbox/src/sagemaker/api/service-model';

const model = new ServiceModel({
  operations: {
    DescribeThing: { output: { shape: 'Output' }, errors: [{ shape: 'ResourceNotFound' }] },
    DeleteThing: {},
  },
  shapes: {
    Output: {
      type: 'structure',
      required: ['Status'],
      members: { Status: { shape: 'Status' }, At: { shape: 'Time' }, Name: { shape: 'Name' } },
    },
    Status: { type: 'string', enum: ['Open', 'Closed'] },
    Time: { type: 'timestamp' },
    Name: { type: 'string', pattern: '[\\p{Print}]*' },
  },
});
const said: string[] = [];
const conformance = (strict: boolean) => new Conformance(model, strict, (line) => said.push(line));

describe('a strict server', () => {
  it('gives what conforms, without members that are not declared', () => {
    const given = { Status: 'Open', At: 1.5, Name: 'a b', Secret: 1, Gone: undefined };
    expect(conformance(true).output('DescribeThing', given)).toEqual({ Status: 'Open', At: 1.5, Name: 'a b' });
    expect(conformance(true).output('DeleteThing', undefined)).toBeUndefined();
  });

  it.each([
    ['a required member is missing', {}],
    ['a value is none of the enum', { Status: 'Ajar' }],
    ['a time is a text that is none', { Status: 'Open', At: 'soon' }],
    ['a text does not match its pattern', { Status: 'Open', Name: 'é' }],
  ])('answers an error where %s', (_, given) => {
    expect(() => conformance(true).output('DescribeThing', given)).toThrow(/violates the published service model/);
    expect(() => conformance(true).event('DescribeThing', given)).toThrow(/An event of DescribeThing violates/);
  });

  it('knows the errors that an operation declares, and those of every operation', () => {
    const strict = conformance(true);
    strict.error('DescribeThing', 'ResourceNotFound');
    strict.error('DescribeThing', 'ValidationException');
    expect(() => strict.error('DescribeThing', 'ResourceInUse')).toThrow('ResourceInUse is not declared');
  });
});

it('a lenient server says and counts what violates', () => {
  const lenient = conformance(false);
  expect(lenient.output('DescribeThing', { Status: 'Ajar' })).toEqual({ Status: 'Ajar' });
  expect(lenient.violations).toBe(1);
  expect(said.at(-1)).toContain("The answer to DescribeThing violates the published service model: Value 'Ajar'");
});
