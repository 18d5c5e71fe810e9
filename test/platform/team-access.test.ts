import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { describe, expect, it } from 'vitest';
import { routes as mlflowRoutes } from '../../lambdas/mlflow/api';
import { routes } from '../../lambdas/registry/api';
import { MlopsPlatform, TeamAccess, type TeamAccessProps } from '../../lib';

const make = (props?: (stack: Stack) => Partial<TeamAccessProps>) => {
  const stack = new Stack(new App(), 'Platform');
  const platform = new MlopsPlatform(stack, 'Mlops');
  new TeamAccess(stack, 'Access', { platform, ...props?.(stack) });
  return Template.fromStack(stack);
};

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** What each policy allows, by its name in the construct. */
const statementsOf = (template: Template): Record<string, Statement[]> =>
  Object.fromEntries(
    Object.entries(template.findResources('AWS::IAM::ManagedPolicy')).map(([id, { Properties }]) => [
      /^Access(Data[A-Z][a-z]+|[A-Z][a-z]+)/.exec(id)![1],
      Properties.PolicyDocument.Statement,
    ]),
  );

const policies = statementsOf(make());
const actionsOf = (role: string) => policies[role]!.flatMap(({ Action }) => [Action].flat());

/** Whether a role may call a route of an API, as IAM matches `*`. */
function mayCall(role: string, method: string, path: string, api = 'MlopsRegistryApi'): boolean {
  const routesOf = policies[role]!.filter(({ Action }) => Action === 'execute-api:Invoke').flatMap(({ Resource }) =>
    [Resource].flat().filter((resource) => JSON.stringify(resource).includes(api)),
  );
  return routesOf.some((resource) => {
    const pattern = JSON.stringify(resource)
      .split('/*/')
      .slice(1)
      .join('/*/')
      .replace(/"\]\]\}$/, '');
    const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${escaped}$`).test(`${method}${path.replaceAll(/\{[^}]+\}/g, 'x')}`);
  });
}

describe('TeamAccess', () => {
  it('lets everybody read, and somebody call each route', () => {
    for (const { method, path } of routes) {
      const callers = Object.keys(policies).filter((role) => mayCall(role, method, path));
      if (method === 'GET') expect(callers, path).toHaveLength(4);
      else expect(callers, `${method} ${path}`).not.toEqual([]);
    }
  });

  it('keeps decisions from those who train, and training from those who decide', () => {
    const callers = (method: string, path: string) =>
      Object.keys(policies).filter((role) => mayCall(role, method, path));
    expect(callers('POST', '/releases/{releaseId}/approval')).toEqual(['Approvers']);
    expect(callers('POST', '/models/{model}/runs')).toEqual(['DataScientists']);
    expect(callers('POST', '/models/{model}/versions/{version}/reject')).toEqual(['Approvers']);
    const waivers = '/models/{model}/versions/{version}/waivers';
    expect(callers('POST', waivers)).toEqual(['DataScientists']);
    expect(callers('POST', `${waivers}/decision`)).toEqual(['Approvers']);
  });

  it('lets data scientists do with MLflow whatever its client does, and the others read it', () => {
    const may = (role: string, method: string, path: string) => mayCall(role, method, `/api/2.0${path}`, 'MlopsMlflow');
    for (const { method, path } of mlflowRoutes) {
      expect(may('DataScientists', method, path), `${method} ${path}`).toBe(true);
      const only = method === 'GET' || path.endsWith('/search');
      for (const role of ['Auditors', 'Approvers', 'Operators'])
        expect(may(role, method, path), `${role} ${method} ${path}`).toBe(only);
    }
  });

  it('lets auditors change nothing, and nobody at the table or a task token', () => {
    const readOnly = /^(execute-api:Invoke|ssm:Get|s3:Get|s3:List|kms:Decrypt)/;
    expect(actionsOf('Auditors').filter((action) => !readOnly.test(action))).toEqual([]);
    expect(routes.filter(({ method, path }) => method !== 'GET' && mayCall('Auditors', method, path))).toEqual([]);
    for (const role of Object.keys(policies)) {
      expect(actionsOf(role).filter((action) => /^(dynamodb|states:Send)/.test(action))).toEqual([]);
    }
  });

  it('makes a group with a role of its own for each, where people sign in with Cognito', () => {
    const template = make((stack) => ({
      signIn: { userPool: new UserPool(stack, 'People'), identityPoolId: 'eu-west-1:pool' },
    }));
    const groups = Object.values(template.findResources('AWS::Cognito::UserPoolGroup'));
    expect(groups.map(({ Properties }) => Properties.GroupName).sort()).toEqual([
      'approvers',
      'auditors',
      'data-scientists',
      'operators',
    ]);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: Match.objectLike({
              StringEquals: { 'cognito-identity.amazonaws.com:aud': 'eu-west-1:pool' },
            }),
          }),
        ],
      },
    });
  });
});
