import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { ArtifactPrefix } from '../../lib/artifacts/artifact-prefix';
import { ArtifactStore, type ArtifactStoreProps } from '../../lib/artifacts/artifact-store';
import { EvidenceLockMode } from '../../lib/artifacts/evidence-bucket';
import { Stage } from '../../lib/platform/stage';
import { policyOf } from './templates';

/** Flags that change what CDK makes of buckets, keys and policies. */
const FLAGS = {
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/aws-s3:createDefaultLoggingPolicy': true,
  '@aws-cdk/aws-s3:keepNotificationInImportedBucket': true,
  '@aws-cdk/aws-kms:aliasNameRef': true,
  '@aws-cdk/aws-kms:reduceCrossAccountRegionPolicyScope': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
};

function synthesize(props: ArtifactStoreProps, context: Record<string, boolean> = {}) {
  const stack = new Stack(new App({ context }), 'Stack');
  const store = new ArtifactStore(stack, 'Store', props);
  return { stack, store, template: Template.fromStack(stack) };
}

const bucketsOf = (template: Template) => {
  const buckets = template.findResources('AWS::S3::Bucket');
  const find = (prefix: string) => Object.entries(buckets).find(([id]) => id.startsWith(prefix))![1];
  return { artifacts: find('StoreBucket'), evidence: find('StoreEvidence'), logs: find('StoreAccessLogs') };
};

describe.each([
  ['all feature flags off', {}],
  ['feature flags on', FLAGS],
])('ArtifactStore with %s', (_, context) => {
  const { template } = synthesize({ stage: Stage.PROD }, context);
  const { artifacts, evidence, logs } = bucketsOf(template);

  it('encrypts both buckets with the rotated key of its own, versions them and keeps the public out', () => {
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    for (const { Properties } of [artifacts, evidence]) {
      const rule = Properties.BucketEncryption.ServerSideEncryptionConfiguration[0];
      expect(rule.ServerSideEncryptionByDefault).toMatchObject({
        SSEAlgorithm: 'aws:kms',
        KMSMasterKeyID: { 'Fn::GetAtt': [expect.stringMatching(/^StoreKey/), 'Arn'] },
      });
      expect(rule.BucketKeyEnabled).toBe(true);
      expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
      expect(Object.values(Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
      expect(Properties.OwnershipControls.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
    }
  });

  it('refuses plain connections and TLS below 1.2', () => {
    for (const bucket of ['StoreBucket', 'StoreEvidence', 'StoreAccessLogs']) {
      const conditions = policyOf(template, bucket)
        .filter(({ Effect }) => Effect === 'Deny')
        .map(({ Condition }) => Condition);
      expect(conditions).toContainEqual({ Bool: { 'aws:SecureTransport': 'false' } });
      expect(conditions).toContainEqual({ NumericLessThan: { 's3:TlsVersion': 1.2 } });
    }
  });

  it('logs accesses to both buckets, by bucket policy and not by ACL', () => {
    expect(artifacts.Properties.LoggingConfiguration.LogFilePrefix).toBe('artifacts/');
    expect(evidence.Properties.LoggingConfiguration.LogFilePrefix).toBe('evidence/');
    expect(logs.Properties.AccessControl).toBeUndefined();
    const writers = policyOf(template, 'StoreAccessLogs').filter(({ Effect }) => Effect === 'Allow');
    expect(writers).toHaveLength(2);
    for (const writer of writers) {
      expect(writer).toMatchObject({
        Action: 's3:PutObject',
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      });
    }
  });

  it('sends its events to EventBridge without a custom resource', () => {
    expect(artifacts.Properties.NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
    template.resourceCountIs('AWS::Lambda::Function', 0);
  });

  it('has neither account nor region in its template', () => {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/\b\d{12}\b|us-east-1/);
  });
});

describe('what is written once', () => {
  const deny = (template: Template, sid: string) => policyOf(template, 'StoreBucket').find(({ Sid }) => Sid === sid)!;

  it('can only be written with If-None-Match, but for the parts of a multipart upload', () => {
    const statement = deny(synthesize({}).template, 'DenyOverwriting');
    expect(statement).toMatchObject({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:PutObject',
      Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    });
    for (const keys of ['/models/sha256/*', '/data/*/uploads/*', '/code/sha256/*']) {
      expect(JSON.stringify(statement.Resource)).toContain(keys);
    }
  });

  it('stays undeleted in models, for everybody', () => {
    const statement = deny(synthesize({ stage: Stage.PROD }).template, 'DenyTouchingSealedModels');
    expect(statement).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' } });
    expect(statement.Action).toEqual(expect.arrayContaining(['s3:DeleteObject', 's3:DeleteObjectVersion']));
    expect(statement.Condition).toBeUndefined();
  });

  it('can be emptied by the custom resource alone where a development stack may be destroyed', () => {
    const { template } = synthesize({ stage: Stage.DEV, removalPolicy: RemovalPolicy.DESTROY });
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 3);
    const role = { 'Fn::GetAtt': [expect.stringMatching(/^CustomS3AutoDeleteObjects.*Role/), 'Arn'] };
    expect(deny(template, 'DenyTouchingSealedModels').Condition).toEqual({
      ArnNotEquals: { 'aws:PrincipalArn': role },
    });
  });
});

describe('what stays when the stack goes', () => {
  it('is everything by default', () => {
    const { artifacts, evidence } = bucketsOf(synthesize({}).template);
    expect([artifacts.DeletionPolicy, evidence.DeletionPolicy]).toEqual(['Retain', 'Retain']);
  });

  it.each([
    [{ stage: Stage.PROD, removalPolicy: RemovalPolicy.DESTROY }, /DESTROY is refused in production/],
    [{ stage: Stage.TEST, autoDeleteObjects: true }, /is for development, not 'test'; .* needs removalPolicy DESTROY/],
    [{ removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true, evidenceLock: {} }, /locked evidence/],
  ])('%j is refused with its reason', (props, message) => {
    expect(() => synthesize(props)).toThrow(message);
  });
});

describe('what expires', () => {
  it('is never models, data or code; noncurrent versions of the rest after 30 days', () => {
    const { Rules } = bucketsOf(synthesize({}).template).artifacts.Properties.LifecycleConfiguration;
    const rules = Rules as Record<string, unknown>[];
    expect(rules.map(({ Prefix }) => Prefix)).toEqual([undefined, 'runs/', 'captures/', 'reports/']);
    expect(rules[0]).toEqual({
      Id: 'abort-uploads',
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      Status: 'Enabled',
    });
    for (const rule of rules.slice(1)) {
      expect(rule).toMatchObject({
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        ExpiredObjectDeleteMarker: true,
      });
      expect(rule).not.toHaveProperty('ExpirationInDays');
    }
  });

  it('includes runs and captures where it is asked for', () => {
    const lifecycle = { expireRunsAfter: Duration.days(90), expireCapturesAfter: Duration.days(14) };
    const { Rules } = bucketsOf(synthesize({ lifecycle }).template).artifacts.Properties.LifecycleConfiguration;
    expect(Rules[1]).toMatchObject({ Prefix: 'runs/', ExpirationInDays: 90 });
    expect(Rules[2]).toMatchObject({ Prefix: 'captures/', ExpirationInDays: 14 });
    expect(Rules[1]).not.toHaveProperty('ExpiredObjectDeleteMarker');
  });
});

describe('evidence', () => {
  const lockOf = (props: ArtifactStoreProps) => bucketsOf(synthesize(props).template).evidence.Properties;

  it('is locked for a year in production', () => {
    const { ObjectLockEnabled, ObjectLockConfiguration } = lockOf({ stage: Stage.PROD });
    expect(ObjectLockEnabled).toBe(true);
    expect(ObjectLockConfiguration.Rule.DefaultRetention).toEqual({ Mode: 'GOVERNANCE', Days: 365 });
  });

  it('is not locked before production, unless it is asked for', () => {
    expect(lockOf({ stage: Stage.TEST })).not.toHaveProperty('ObjectLockEnabled');
    const evidenceLock = { mode: EvidenceLockMode.COMPLIANCE, keepFor: Duration.days(30) };
    const { ObjectLockConfiguration } = lockOf({ stage: Stage.TEST, evidenceLock });
    expect(ObjectLockConfiguration.Rule.DefaultRetention).toEqual({ Mode: 'COMPLIANCE', Days: 30 });
  });
});

describe('the key policy', () => {
  it('lets alarms, rules and log groups of the account use the key, and nobody else but the account', () => {
    const { template } = synthesize({});
    const key = Object.values(template.findResources('AWS::KMS::Key'))[0]!;
    const [account, ...services] = key.Properties.KeyPolicy.Statement;
    expect(account.Principal.AWS['Fn::Join'][1].at(-1)).toBe(':root');
    expect(services.map(({ Sid }: { Sid: string }) => Sid)).toEqual(['Alarms', 'Rules', 'LogGroups']);
    for (const { Condition } of services.slice(0, 2)) {
      expect(Condition.StringEquals).toEqual({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
      expect(Condition.ArnLike['aws:SourceArn']).toBeDefined();
    }
    expect(Object.keys(services[2].Condition.ArnLike)).toEqual(['kms:EncryptionContext:aws:logs:arn']);
  });
});

describe('a store brought in', () => {
  it('protects a bucket of the same app, and gets an evidence bucket of its own', () => {
    const stack = new Stack(new App(), 'Stack');
    const bucket = new Bucket(stack, 'Own', { versioned: true });
    const store = ArtifactStore.fromBucket(stack, 'Store', { bucket, stage: Stage.PROD });
    const template = Template.fromStack(stack);
    expect(policyOf(template, 'Own').map(({ Sid }) => Sid)).toEqual(['DenyOverwriting', 'DenyTouchingSealedModels']);
    template.hasResourceProperties('AWS::S3::Bucket', { ObjectLockEnabled: true });
    expect(store.bucket).toBe(bucket);
    expect(store.environment.ARTIFACT_KEY_ARN).toBe(store.encryptionKey.keyArn);
  });

  it('uses the key of the bucket', () => {
    const stack = new Stack(new App(), 'Stack');
    const encryptionKey = new Key(stack, 'Key');
    const bucket = new Bucket(stack, 'Own', { encryptionKey });
    expect(ArtifactStore.fromBucket(stack, 'Store', { bucket }).encryptionKey).toBe(encryptionKey);
  });

  it('warns with what is missing where the policy of the bucket belongs to others', () => {
    const stack = new Stack(new App(), 'Stack');
    ArtifactStore.fromBucket(stack, 'Store', { bucket: Bucket.fromBucketName(stack, 'Theirs', 'theirs') });
    Annotations.fromStack(stack).hasWarning('/Stack/Store', Match.stringLikeRegexp('owner deny s3:PutObject'));
  });

  it('is found by names from another stack, and grants there what the maker grants', () => {
    const stack = new Stack(new App(), 'Stack');
    const store = ArtifactStore.fromAttributes(stack, 'Store', {
      bucketName: 'artifacts',
      evidenceBucketName: 'evidence',
      encryptionKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/k',
    });
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    store.grantWrite(role, ArtifactPrefix.REPORTS);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: ['kms:GenerateDataKey', 'kms:Decrypt'] })]),
      },
    });
    expect(store.environment).toEqual({
      ARTIFACT_BUCKET: 'artifacts',
      EVIDENCE_BUCKET: 'evidence',
      ARTIFACT_KEY_ARN: 'arn:aws:kms:eu-west-1:111111111111:key/k',
    });
    expect(store.s3Uri(ArtifactPrefix.CODE, 'sha256/x')).toBe('s3://artifacts/code/sha256/x');
  });
});

describe('ArtifactPrefix', () => {
  it.each(['', '/', '..', 'a/../b'])('refuses %j as a folder below a prefix', (path) => {
    expect(() => ArtifactPrefix.RUNS.child(path)).toThrow(/needs a path such as 'my-model'/);
  });
});
