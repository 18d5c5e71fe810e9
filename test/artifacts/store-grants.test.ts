import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { ArtifactPrefix } from '../../lib/artifacts/artifact-prefix';
import { ArtifactStore } from '../../lib/artifacts/artifact-store';
import { policyOf } from './templates';

describe('grants', () => {
  const grant = (act: (store: ArtifactStore, role: Role) => void) => {
    const stack = new Stack(new App(), 'Stack');
    const store = new ArtifactStore(stack, 'Store');
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    act(store, role);
    const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    return policies[0]?.Properties.PolicyDocument.Statement as {
      Action: unknown;
      Resource: unknown;
      Condition?: unknown;
    }[];
  };
  const objects = (bucket: string, keys: string) => ({
    'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching(`^Store${bucket}`), 'Arn'] }, `/${keys}`]],
  });
  const key = { 'Fn::GetAtt': [expect.stringMatching(/^StoreKey/), 'Arn'] };

  it('read a prefix: objects, versions, its listing and decryption, nothing more', () => {
    expect(grant((store, role) => store.grantRead(role, ArtifactPrefix.DATA))).toEqual([
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: objects('Bucket', 'data/*') },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^StoreBucket/), 'Arn'] },
        Condition: { StringLikeIfExists: { 's3:prefix': ['data/*'] } },
      },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key },
    ]);
  });

  it('write a folder below a prefix, without reading it', () => {
    const runs = ArtifactPrefix.RUNS.child('credit-*');
    expect(grant((store, role) => store.grantWrite(role, runs))).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Resource: objects('Bucket', 'runs/credit-*/*'),
      },
      { Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: key },
    ]);
  });

  it('delete below a prefix', () => {
    expect(grant((store, role) => store.grantDelete(role, ArtifactPrefix.CAPTURES))).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
        Resource: objects('Bucket', 'captures/*'),
      },
    ]);
  });

  it('write evidence to handlers and read it to auditors', () => {
    const [written] = grant((store, role) => store.grantWriteEvidence(role, 'runs/credit'));
    expect(written).toMatchObject({ Resource: objects('Evidence', 'runs/credit/*') });
    const [read, listed] = grant((store, role) => store.grantReadEvidence(role));
    expect(read).toMatchObject({ Resource: objects('Evidence', '*') });
    expect(listed).not.toHaveProperty('Condition');
  });

  it('reach a role of another account through the bucket and key policies as well', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: { account: '111111111111', region: 'eu-west-1' } });
    const store = new ArtifactStore(stack, 'Store');
    store.grantRead(Role.fromRoleArn(stack, 'Other', 'arn:aws:iam::222222222222:role/reader'), ArtifactPrefix.MODELS);
    const template = Template.fromStack(stack);
    const allowed = policyOf(template, 'StoreBucket').filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.map(({ Action }) => Action)).toEqual([['s3:GetObject', 's3:GetObjectVersion'], 's3:ListBucket']);
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:Decrypt' })]) },
    });
  });
});
