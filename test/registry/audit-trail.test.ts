import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stacks } from '../platform/stacks';

const { platformStack } = stacks({ shared: { signing: true } });
const template = Template.fromStack(platformStack);
const [audit] = Object.entries(template.findResources('AWS::DynamoDB::Table')).find(([id]) => id.includes('Audit'))!;
const policiesOf = (role: string) =>
  Object.values(
    template.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: Match.stringLikeRegexp(role) }] } }),
  ).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
const actionsOn = (role: string, table: string): string[] =>
  policiesOf(role)
    .filter(({ Resource }) => JSON.stringify(Resource).includes(table))
    .flatMap(({ Action }) => Action);

describe('AuditTrail', () => {
  it('lets nobody change or delete an entry, and one role alone add any', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [Match.objectLike({ AttributeName: 'chain' }), Match.objectLike({ AttributeName: 'sequence' })],
      ResourcePolicy: {
        PolicyDocument: {
          Statement: [
            Match.objectLike({
              Effect: 'Deny',
              Principal: '*',
              Action: Match.arrayWith(['dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem']),
              Condition: Match.absent(),
            }),
            Match.objectLike({
              Effect: 'Deny',
              Action: 'dynamodb:PutItem',
              Condition: {
                ArnNotEquals: {
                  'aws:PrincipalArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('AuditAppendRole'), 'Arn'] },
                },
              },
            }),
          ],
        },
      },
    });
  });

  it('grants its writer appending, its heads and signing, and the API reading', () => {
    expect(actionsOn('AuditAppendRole', audit)).toEqual(['dynamodb:PutItem', 'dynamodb:Query']);
    expect(actionsOn('RegistryApiFunctionRole', audit)).toEqual(['dynamodb:Query']);
    expect(policiesOf('AuditAppendRole')).toContainEqual(expect.objectContaining({ Action: 'kms:Sign' }));
    const writing = policiesOf('AuditAppendRole').filter(({ Action }) => Action === 's3:PutObject');
    expect(JSON.stringify(writing)).toContain('/audit/*');
  });

  it('hears of every change, and looks after lost ones by the clock', () => {
    const rules = Object.values(template.findResources('AWS::Events::Rule')).map(({ Properties }) => Properties);
    const own = rules.filter(({ Targets }) => JSON.stringify(Targets).includes('AuditAppend'));
    expect(own.map(({ EventPattern, ScheduleExpression }) => EventPattern ?? ScheduleExpression)).toEqual(
      expect.arrayContaining([{ source: ['cdk-mlops.registry'] }, 'rate(15 minutes)']),
    );
    for (const { Targets } of own) expect(Targets[0].DeadLetterConfig).toBeDefined();
  });
});
