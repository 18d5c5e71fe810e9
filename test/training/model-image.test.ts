import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { describe, expect, it } from 'vitest';
import { type IModelImageConfig, ModelImage } from '../../lib/training/model-image';

const IRELAND = { env: { account: '111111111111', region: 'eu-west-1' } };

const roleIn = (stack: Stack) =>
  new Role(stack, 'Role', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') });

function statementsOf(stack: Stack, image: IModelImageConfig, act: 'grantPull' | 'grantPin') {
  image[act](roleIn(stack));
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policies[0]?.Properties.PolicyDocument.Statement as unknown[] | undefined;
}

describe('an image that AWS publishes', () => {
  it('comes from the account of the stack’s region, under the tag that AWS gives it', () => {
    const stack = new Stack(new App(), 'Stack', IRELAND);
    const uri = (image: ModelImage) => stack.resolve(image.bind(stack).imageUri);
    const host = '141502667606.dkr.ecr.eu-west-1.';
    const join = (rest: string) => ({ 'Fn::Join': ['', [host, { Ref: 'AWS::URLSuffix' }, rest]] });
    expect(uri(ModelImage.xgboost())).toEqual(join('/sagemaker-xgboost:3.2-0'));
    expect(uri(ModelImage.xgboost('1.7-1'))).toEqual(join('/sagemaker-xgboost:1.7-1'));
    expect(uri(ModelImage.scikitLearn())).toEqual(join('/sagemaker-scikit-learn:1.9-0-cpu-py3'));
    expect(uri(ModelImage.scikitLearn('1.2-1-cpu-py3'))).toEqual(join('/sagemaker-scikit-learn:1.2-1-cpu-py3'));
  });

  it('finds its account in one mapping where the region is not known before the deployment', () => {
    const stack = new Stack(new App(), 'Stack');
    const images = [ModelImage.xgboost().bind(stack), ModelImage.scikitLearn().bind(stack)];
    const [xgboost] = images.map(({ imageUri }) => JSON.stringify(stack.resolve(imageUri)));
    expect(xgboost).toContain('"Fn::FindInMap":["CdkMlopsImageAccounts",{"Ref":"AWS::Region"},"account"]');
    expect(xgboost).toContain('/sagemaker-xgboost:3.2-0');
    const mappings = Template.fromStack(stack).findMappings('*');
    expect(Object.keys(mappings)).toEqual(['CdkMlopsImageAccounts']);
    const accounts = Object.entries(mappings.CdkMlopsImageAccounts!);
    expect(accounts).toHaveLength(37);
    for (const [region, { account }] of accounts)
      expect([region, account]).toEqual([region, expect.stringMatching(/^\d{12}$/)]);
  });

  it('is refused in a region where AWS publishes none, saying what to do', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'mars-north-1' } });
    expect(() => ModelImage.xgboost().bind(stack)).toThrow(
      /no sagemaker-xgboost image in mars-north-1.*fromEcrRepository/,
    );
  });

  it.each(['', 'a b', '3.2-0@sha256:x'])('refuses %j as a version', (version) => {
    expect(() => ModelImage.xgboost(version)).toThrow(/image tag such as '3.2-0'/);
  });

  it('may be pulled from its repository alone', () => {
    const stack = new Stack(new App(), 'Stack', IRELAND);
    const statements = statementsOf(stack, ModelImage.xgboost().bind(stack), 'grantPull');
    const arn = ['arn:', { Ref: 'AWS::Partition' }, ':ecr:eu-west-1:141502667606:repository/sagemaker-xgboost'];
    expect(statements).toMatchObject([
      { Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      {
        Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        Resource: { 'Fn::Join': ['', arn] },
      },
    ]);
  });

  it('may be pinned with one action', () => {
    const stack = new Stack(new App(), 'Stack', IRELAND);
    const statements = statementsOf(stack, ModelImage.scikitLearn().bind(stack), 'grantPin');
    expect(statements).toMatchObject([{ Action: 'ecr:BatchGetImage' }]);
  });
});

describe('an image of one’s own', () => {
  it('comes from an ECR repository by tag or digest', () => {
    const stack = new Stack(new App(), 'Stack', IRELAND);
    const repository = Repository.fromRepositoryName(stack, 'Repository', 'mine');
    const digest = `sha256:${'a'.repeat(64)}`;
    const uri = (tag: string) =>
      JSON.stringify(stack.resolve(ModelImage.fromEcrRepository(repository, tag).bind(stack).imageUri));
    expect(uri('v1')).toContain('/mine:v1');
    expect(uri(digest)).toContain(`/mine@${digest}`);
    expect(() => ModelImage.fromEcrRepository(repository, '')).toThrow(/needs a tag or a digest/);
  });

  it('lets a role of another account pull by the repository’s policy too', () => {
    const stack = new Stack(new App(), 'Stack', IRELAND);
    const repository = new Repository(stack, 'Repository');
    const image = ModelImage.fromEcrRepository(repository, 'v1').bind(stack);
    image.grantPull(Role.fromRoleArn(stack, 'Other', 'arn:aws:iam::222222222222:role/job'));
    Template.fromStack(stack).hasResourceProperties('AWS::ECR::Repository', {
      RepositoryPolicyText: { Statement: [{ Principal: { AWS: 'arn:aws:iam::222222222222:role/job' } }] },
    });
  });

  it('is built once from a folder, for however many jobs of a stack', () => {
    const folder = mkdtempSync(join(tmpdir(), 'image-'));
    try {
      writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n');
      const stack = new Stack(new App(), 'Stack');
      const image = ModelImage.fromAsset(folder);
      expect(image.bind(stack).imageUri).toBe(image.bind(stack).imageUri);
      const other = new Stack(new App(), 'Other');
      expect(JSON.stringify(other.resolve(image.bind(other).imageUri))).toContain('container-assets');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('comes from ECR in another account and region, whose repository is then granted', () => {
    const stack = new Stack(new App(), 'Stack', IRELAND);
    const uri = '222222222222.dkr.ecr.us-east-1.amazonaws.com/team/mine:v1';
    const image = ModelImage.fromRegistryUri(uri).bind(stack);
    expect(image.imageUri).toBe(uri);
    expect(JSON.stringify(stack.resolve(image.repositoryArn))).toContain(
      ':ecr:us-east-1:222222222222:repository/team/mine',
    );
  });

  it('comes from any registry by digest, where IAM has nothing to grant', () => {
    const stack = new Stack(new App(), 'Stack', IRELAND);
    const image = ModelImage.fromRegistryUri(`registry.example.com/mine@sha256:${'a'.repeat(64)}`).bind(stack);
    expect(image.repositoryArn).toBeUndefined();
    expect(statementsOf(stack, image, 'grantPull')).toBeUndefined();
  });

  it('comes from a URI known at deployment only, which grants the repositories of its account', () => {
    const stack = new Stack(new App(), 'Stack', IRELAND);
    const image = ModelImage.fromRegistryUri(StringParameter.valueForStringParameter(stack, '/image')).bind(stack);
    expect(JSON.stringify(stack.resolve(image.repositoryArn))).toContain('"Fn::Split"');
  });

  it.each(['python:3.12', 'registry.example.com/mine:v1', '222222222222.dkr.ecr.us-east-1.amazonaws.com/mine'])(
    'refuses %s, saying what to do',
    (uri) => {
      expect(() => ModelImage.fromRegistryUri(uri)).toThrow(/Pin an image outside of ECR by its digest/);
    },
  );
});
