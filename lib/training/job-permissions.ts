import { Stack } from 'aws-cdk-lib';
import { type IGrantable, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { JobKind } from './contract';
import { runNamePrefix } from './names';

/** Actions and the resource type of each kind of job. */
const KINDS: { [kind in JobKind]: { readonly resource: string; readonly name: string } } = {
  processing: { resource: 'processing-job', name: 'ProcessingJob' },
  training: { resource: 'training-job', name: 'TrainingJob' },
  transform: { resource: 'transform-job', name: 'TransformJob' },
  model: { resource: 'model', name: 'Model' },
};
const ALL_KINDS: readonly JobKind[] = ['processing', 'training', 'transform', 'model'];

export interface JobGrant {
  readonly kind: JobKind;
  /** Names of jobs begin with the model's. */
  readonly model: string;
  /** Role that the job gets, where it gets one. */
  readonly jobRole?: IRole;
}

/** ARNs of all jobs of a kind that runs of a model start. */
const jobArns = (scope: Construct, kind: JobKind, model: string): string =>
  Stack.of(scope).formatArn({
    service: 'sagemaker',
    resource: KINDS[kind].resource,
    resourceName: `${runNamePrefix(model)}*`,
  });

/** Lets a state machine start jobs of a kind, wait for them, and stop them when the execution is stopped. */
export function grantJob(scope: Construct, grantee: IGrantable, grant: JobGrant): void {
  const { name } = KINDS[grant.kind];
  // Step Functions looks for its own tag on what it waits for.
  const waits = grant.kind === 'model' ? [] : ['ListTags', `Describe${name}`, `Stop${name}`];
  const principal = grantee.grantPrincipal;
  principal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [`Create${name}`, 'AddTags', ...waits].map((action) => `sagemaker:${action}`),
      resources: [jobArns(scope, grant.kind, grant.model)],
    }),
  );
  if (grant.jobRole) {
    principal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [grant.jobRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
    );
  }
}

/** Lets a state machine hear of the ends of jobs by the rules that Step Functions itself manages. */
export function grantJobEvents(scope: Construct, grantee: IGrantable): void {
  const rules = ['TrainingJobs', 'TransformJobs', 'ProcessingJobs'].map((jobs) =>
    Stack.of(scope).formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: `StepFunctionsGetEventsForSageMaker${jobs}Rule`,
    }),
  );
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], resources: rules }),
  );
}

/** Lets a handler read back what the jobs of a model did. */
export function grantDescribeJobs(scope: Construct, grantee: IGrantable, model: string): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ALL_KINDS.map((kind) => `sagemaker:Describe${KINDS[kind].name}`),
      resources: ALL_KINDS.map((kind) => jobArns(scope, kind, model)),
    }),
  );
}

/** Lets a handler find and stop jobs that an ended execution left running. */
export function grantStoppingJobs(scope: Construct, grantee: IGrantable, model: string): void {
  const kinds = ALL_KINDS.filter((kind) => kind !== 'model');
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['Describe', 'Stop'].flatMap((verb) => kinds.map((kind) => `sagemaker:${verb}${KINDS[kind].name}`)),
      resources: kinds.map((kind) => jobArns(scope, kind, model)),
    }),
  );
}

/** Lets SageMaker encrypt the volumes of a role's jobs. */
export function grantVolumeKey(role: IRole, key: IKey): void {
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['kms:DescribeKey'], resources: [key.keyArn] }));
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['kms:CreateGrant'],
      resources: [key.keyArn],
      conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    }),
  );
}
