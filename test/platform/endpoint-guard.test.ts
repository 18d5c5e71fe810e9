import { Role } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { resourcesOf, stacks, templateOf } from './stacks';

describe('the guard of a model’s endpoint', () => {
  it('depends on everything else of the model, and so goes first when the stack goes', () => {
    const { modelStack } = stacks();
    const { Resources } = templateOf(modelStack);
    const [[guardId, guard] = []] = resourcesOf('Custom::EndpointGuard', modelStack);
    const needed = new Set((guard as { DependsOn?: string[] }).DependsOn);
    const gone = Object.keys(Resources).filter(
      (id) => id.startsWith('CreditRisk') && id !== guardId && !needed.has(id),
    );
    // The function itself is what the guard is made of; the rest of it stands in its ServiceToken.
    expect(gone.filter((id) => !id.startsWith('CreditRiskEndpoint'))).toEqual([]);
    expect(gone.filter((id) => id.includes('Alarm'))).toEqual([]);
    const types = new Set([...needed].map((id) => Resources[id]!.Type));
    for (const type of ['AWS::StepFunctions::StateMachine', 'AWS::SSM::Parameter', 'Custom::ModelRegistration'])
      expect(types).toContain(type);
  });
});

describe('the role of a model’s endpoint', () => {
  const pulls = (text: string): boolean => text.includes('ecr:GetDownloadUrlForLayer');

  it('may pull the image that serves', () => {
    const { modelStack } = stacks();
    const policies = resourcesOf('AWS::IAM::Policy', modelStack).filter(([id]) => /ReleaseServing/.test(id));
    expect(policies.map(([, policy]) => JSON.stringify(policy)).filter(pulls)).toHaveLength(1);
  });

  it('gets its permissions when it is brought in by ARN, and is left alone when it must not change', () => {
    const ARN = 'arn:aws:iam::111122223333:role/company-sagemaker';
    const policiesOf = (mutable: boolean) => {
      const { modelStack } = stacks({
        found: (stack) => ({ jobRole: Role.fromRoleArn(stack, 'Jobs', ARN, { mutable }) }),
      });
      const policies = resourcesOf('AWS::IAM::Policy', modelStack).map(([, { Properties }]) => Properties ?? {});
      return policies
        .filter(({ Roles }) => (Roles as unknown[]).includes('company-sagemaker'))
        .map((p) => JSON.stringify(p));
    };
    const [text, ...others] = policiesOf(true);
    expect(others).toEqual([]);
    for (const right of ['/models/sha256/*', '/captures/', '/data/*', '/code/*', 'kms:Decrypt', 'kms:CreateGrant'])
      expect(text).toContain(right);
    for (const right of ['logs:PutLogEvents', 'cloudwatch:PutMetricData']) expect(text).toContain(right);
    expect(pulls(text!)).toBe(true);
    expect(policiesOf(false)).toEqual([]);
  });
});
