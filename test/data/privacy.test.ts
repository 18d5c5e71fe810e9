import { type Policy as AccessPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { Pii, toPrivacySpec, UndeclaredPii } from '../../lib/data/privacy';
import { type DataSchemaProps, FeatureType, toDataSchema } from '../../lib/data/schema';
import { Policy } from '../../lib/governance/policy';
import { stacks } from '../platform/stacks';
import { pipelineStack } from '../training/stack';

const spec = (columns: Record<string, Pii>, schema: DataSchemaProps = { label: 'y' }, more = {}) =>
  toPrivacySpec('the model', { columns, ...more }, toDataSchema('the model', schema));

describe('privacy rules', () => {
  it('refuse what no rule is for, but only where somebody gave rules', () => {
    expect(toPrivacySpec('the model', undefined, { label: 'y', problem: 'binary' })).toEqual({
      columns: {},
      undeclared: 'allow',
    });
    expect(spec({ a: Pii.drop(), b: Pii.hash(), c: Pii.refuse(), d: Pii.allow() })).toEqual({
      columns: { a: 'drop', b: 'hash', c: 'refuse', d: 'allow' },
      undeclared: 'refuse',
    });
    expect(spec({}, undefined, { undeclared: UndeclaredPii.ALLOW, sample: 0.1 })).toEqual({
      columns: {},
      undeclared: 'allow',
      sample: 0.1,
    });
  });

  it('name everything that is wrong with them at once', () => {
    const schema: DataSchemaProps = {
      label: 'y',
      facets: ['sex'],
      features: [{ name: 'age' }, { name: 'town', type: FeatureType.CATEGORICAL }, { name: 'mail' }],
    };
    const columns = {
      y: Pii.drop(),
      sex: Pii.hash(),
      age: Pii.hash(),
      town: Pii.hash(),
      mail: Pii.drop(),
      note: Pii.allow(),
      left: Pii.drop(),
      ' ': Pii.drop(),
    };
    expect(() => spec(columns, schema, { sample: 2 })).toThrow(
      "The privacy rules of the model can't be used: the label 'y' can't be dropped: it is what is predicted; " +
        "the facet 'sex' can't be hashed: fairness is judged by it; " +
        "the feature 'age' is no number once it is hashed: make it FeatureType.CATEGORICAL; " +
        "the feature 'mail' can't be dropped: take it out of the features; 'note' is no column of the schema; " +
        "a rule must name a column, received ' '; sample is a share of the rows above 0 and up to 1, received 2.",
    );
  });

  it('refuse a policy on slices of a column that is dropped', () => {
    const policies = [Policy.slices({ by: 'town', metric: 'roc_auc', min: 0.5 })];
    const model = { policies, privacy: { columns: { town: Pii.drop() } } };
    expect(() => stacks({ model })).toThrow("slices-roc_auc-town cuts by 'town'");
  });
});

describe('the key by which columns are hashed', () => {
  const roleOf = (template: ReturnType<typeof pipelineStack>['template'], action: string) =>
    Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.some(
        (statement: { Action: string | string[]; Resource: unknown }) =>
          [statement.Action].flat().includes(action) && JSON.stringify(statement.Resource).includes('/keys/credit/'),
      )
        ? Properties.Roles.map(({ Ref }: { Ref: string }) => Ref.replace(/[0-9A-F]{8}$/, ''))
        : [],
    );

  it("is made by the plan, read by the split's job alone, and an input of it", () => {
    const { template, machine } = pipelineStack(() => ({ privacy: { columns: { mail: Pii.hash() } } }));
    expect(roleOf(template, 's3:PutObject')).toEqual([expect.stringMatching(/FunctionsPlanRole/)]);
    expect(roleOf(template, 's3:GetObject')).toEqual([expect.stringMatching(/JobRolesProcessing/)]);
    const inputs = machine.States.Preprocess!.Arguments!.ProcessingInputs as { InputName: string; S3Input: object }[];
    expect(inputs.find(({ InputName }) => InputName === 'key')?.S3Input).toMatchObject({
      S3Uri: expect.stringMatching(/^s3:\/\/.*\/keys\/credit\/$/),
      LocalPath: '/opt/ml/processing/input/key',
    });
    expect(JSON.stringify(machine.States.Train)).not.toContain('/keys/');
  });

  it('is there only where a column is hashed, and is given to whom it is granted', () => {
    const { template, machine } = pipelineStack(() => ({ privacy: { columns: { mail: Pii.drop() } } }));
    expect(roleOf(template, 's3:PutObject')).toEqual([]);
    expect(JSON.stringify(machine.States.Preprocess)).not.toContain('/keys/');
    const { stack, pipeline } = pipelineStack();
    const sender = new Role(stack, 'Sender', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    pipeline.grantReadHashKey(sender);
    const { document } = sender.node.findChild('DefaultPolicy') as AccessPolicy;
    expect(JSON.stringify(stack.resolve(document))).toContain('/keys/credit/*');
  });
});
