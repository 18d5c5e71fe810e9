import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Stage } from '../../lib';
import { definitionOf, resourcesOf, type StacksOptions, stacks, templateOf } from './stacks';

const FLAGS = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8')).context as Record<
  string,
  unknown
>;

const APPS: [string, StacksOptions][] = [
  ['without account and region', {}],
  ['with the feature flags of a new project', { app: { context: FLAGS } }],
  ['in one account and region', { stack: { env: { account: '111122223333', region: 'eu-west-1' } } }],
  [
    'in another, for production',
    { stack: { env: { account: '444455556666', region: 'ap-southeast-2' } }, shared: { stage: Stage.PROD } },
  ],
  [
    'with flags, account and region',
    { app: { context: FLAGS }, stack: { env: { account: '444455556666', region: 'us-east-1' } } },
  ],
];

describe.each(APPS)('an app %s', (_, options) => {
  const { platformStack, modelStack } = stacks(options);

  it.each([
    ['platform', platformStack],
    ['model', modelStack],
  ])('gives a template of the %s within the limits of CloudFormation', (_name, stack) => {
    const template = templateOf(stack);
    expect(Object.keys(template.Resources).length).toBeLessThanOrEqual(500);
    expect(Object.keys(template.Parameters ?? {}).length).toBeLessThanOrEqual(200);
    expect(Object.keys(template.Outputs ?? {}).length).toBeLessThanOrEqual(200);
    expect(Buffer.byteLength(JSON.stringify(template))).toBeLessThan(1_000_000);
  });

  it('gives definitions within the limit of Step Functions', () => {
    const machines = resourcesOf('AWS::StepFunctions::StateMachine', modelStack);
    expect(machines).toHaveLength(2);
    for (const [id, machine] of machines)
      expect(Buffer.byteLength(definitionOf(machine).text), id).toBeLessThan(1_048_576);
  });

  it('names only the account and region that it was given', () => {
    const text = JSON.stringify([templateOf(platformStack), templateOf(modelStack)]);
    const { account, region } = options.stack?.env ?? {};
    const regions = new Set(text.match(/\b(us|eu|ap|ca|sa)-[a-z]+-\d(?=[:.])/g) ?? []);
    expect([...regions].filter((found) => found !== region)).toEqual([]);
    const accounts = new Set(text.match(/(?<=:)(111122223333|444455556666)(?=:)/g) ?? []);
    expect([...accounts].filter((found) => found !== account)).toEqual([]);
  });
});

it('an app of two stages in two accounts gives each its own', () => {
  const dev = stacks({ stack: { env: { account: '111122223333', region: 'eu-west-1' } } });
  const prod = stacks({
    stack: { env: { account: '444455556666', region: 'us-east-1' } },
    shared: { stage: Stage.PROD },
  });
  expect(JSON.stringify(templateOf(dev.modelStack))).not.toContain('mlops-prod');
  expect(JSON.stringify(templateOf(prod.modelStack))).not.toContain('mlops-dev');
});
