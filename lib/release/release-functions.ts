import { Duration, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { SIGNING_ENV } from '../artifacts/contract';
import { artifactsOf, evidenceOf, grantGet, grantPut } from '../artifacts/object-grants';
import type { ISigningKey } from '../artifacts/signing-key';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import type { IModelRegistry } from '../registry/model-registry';
import { RELEASE_ENV, type ReleaseSpec } from './contract';
import { endpointArns } from './sagemaker-arns';

export interface ReleaseFunctionsProps {
  readonly spec: ReleaseSpec;
  readonly store: IArtifactStore;
  readonly registry: IModelRegistry;
  readonly network?: NetworkConfig;
  /** Key by which versions must be signed. @default - signatures are not asked for */
  readonly signingKey?: ISigningKey;
}

/** The functions behind the states of a release; each has only the permissions of its own step. */
export class ReleaseFunctions extends Construct {
  public readonly verify: HandlerFunction;
  public readonly approve: HandlerFunction;
  public readonly checkApproval: HandlerFunction;
  public readonly beginDeploy: HandlerFunction;
  public readonly readBack: HandlerFunction;
  public readonly smokeTest: HandlerFunction;
  public readonly promote: HandlerFunction;
  public readonly rollBack: HandlerFunction;
  public readonly closeRelease: HandlerFunction;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ReleaseFunctionsProps,
  ) {
    super(scope, id);
    const { spec, store } = props;
    const what = 'Checks every digest of a release and writes its manifest';
    this.verify = this.fn('Verify', 'verify', what, ['getVersion', 'startRelease', 'updateRelease'], {
      timeout: Duration.minutes(15),
      memorySize: 1024,
    });
    if (props.signingKey) this.verify.addEnvironment(SIGNING_ENV.publicKey, props.signingKey.publicKey);
    for (const prefix of [ArtifactPrefix.MODELS, ArtifactPrefix.CODE, ArtifactPrefix.RUNS]) {
      grantGet(this.verify, artifactsOf(store, prefix));
    }
    grantGet(this.verify, evidenceOf(store));
    grantPut(this.verify, evidenceOf(store, `releases/${spec.model}`));
    const fourEyes = spec.fourEyes ? ['getVersion', 'getRun'] : [];
    this.approve =
      spec.approval === 'auto'
        ? this.fn('Approve', 'auto-approve', 'Records the approval of what passed every policy', [
            'requestApproval',
            'recordApproval',
          ])
        : this.fn('Approve', 'request-approval', 'Asks a person to approve a release', [
            'requestApproval',
            ...fourEyes,
          ]);
    this.checkApproval = this.fn('CheckApproval', 'check-approval', 'Reads the recorded approval again', [
      'listWaivers',
      ...fourEyes,
    ]);
    this.beginDeploy = this.fn('BeginDeploy', 'begin-deploy', 'Takes the lock of deployments and finds the way back', [
      'acquireDeployLock',
    ]);
    this.allow(this.beginDeploy, 'endpoint', 'DescribeEndpoint', 'DeleteEndpoint');
    this.readBack = this.fn('ReadBack', 'read-back', 'Compares what serves with what was approved', []);
    this.allow(this.readBack, 'endpoint', 'DescribeEndpoint');
    this.allow(this.readBack, 'own', 'DescribeEndpointConfig', 'DescribeModel');
    this.smokeTest = this.fn('SmokeTest', 'smoke-test', 'Asks the endpoint for predictions that are on record', [], {
      timeout: Duration.minutes(5),
    });
    grantGet(this.smokeTest, artifactsOf(store, ArtifactPrefix.RUNS));
    this.allow(this.smokeTest, 'endpoint', 'InvokeEndpoint');
    this.promote = this.fn('Promote', 'promote', 'Makes the deployed version the champion', ['promote']);
    const rollBack = 'Brings the endpoint back to what served before';
    this.rollBack = releaseHandler(
      this,
      'RollBack',
      'roll-back',
      `${rollBack} (model ${spec.model})`,
      props,
      ROLL_BACK,
    );
    grantRollBack(this.rollBack, spec, store.encryptionKey);
    const close = 'Ends a release in the registry, with its reason';
    this.closeRelease = this.fn('CloseRelease', 'close-release', close, CLOSE_RELEASE);
  }

  /** A function that notes its step in the release. */
  private fn(
    id: string,
    verb: string,
    description: string,
    calls: string[],
    more: ReleaseHandlerOptions = {},
  ): HandlerFunction {
    const all = ['getRelease', 'recordReleaseStep', ...calls];
    return releaseHandler(this, id, verb, `${description} (model ${this.props.spec.model})`, this.props, all, more);
  }

  private allow(fn: HandlerFunction, on: 'endpoint' | 'own', ...actions: string[]): void {
    const arns = endpointArns(this, this.props.spec);
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: actions.map((action) => `sagemaker:${action}`),
        resources: on === 'endpoint' ? [arns.endpoint] : [arns.models, arns.configs],
      }),
    );
  }
}

/** How a function of the release capability differs from the others. */
export interface ReleaseHandlerOptions {
  readonly timeout?: Duration;
  readonly memorySize?: number;
  readonly environment?: Record<string, string>;
}

/** What the way back calls of the registry's store. */
export const ROLL_BACK = ['getRelease', 'listDeployments'];
/** What the end of a release calls of the registry's store. */
export const CLOSE_RELEASE = [...ROLL_BACK, 'closeRelease', 'recordReleaseStep', 'getVersion', 'setVersionStatus'];

/**
 * A function of the release capability: it knows the release's settings, and the registry.
 * @param calls what it calls of the registry's store
 */
export function releaseHandler(
  scope: Construct,
  id: string,
  verb: string,
  description: string,
  props: ReleaseFunctionsProps,
  calls: string[],
  more: ReleaseHandlerOptions = {},
): HandlerFunction {
  const { spec, store, registry, network } = props;
  const fn = new HandlerFunction(scope, id, {
    handler: `release-${verb}`,
    description,
    ...more,
    network,
    encryptionKey: store.encryptionKey,
    environment: {
      ...store.environment,
      ...registry.environment,
      [RELEASE_ENV.model]: spec.model,
      [RELEASE_ENV.spec]: Stack.of(scope).toJsonString(spec),
      ...more.environment,
    },
  });
  registry.grantCalls(fn, ...calls);
  return fn;
}

/** What the way back needs: the endpoint back on its former config, and the failed release's own things removed. */
export function grantRollBack(fn: HandlerFunction, spec: ReleaseSpec, key: IKey): void {
  const arns = endpointArns(fn, spec);
  grantVolumes(fn, key);
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['CreateEndpoint', 'UpdateEndpoint', 'DescribeEndpoint', 'DeleteEndpoint'].map((a) => `sagemaker:${a}`),
      resources: [arns.endpoint, arns.configs],
    }),
  );
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['sagemaker:DeleteEndpointConfig', 'sagemaker:DeleteModel'],
      resources: [arns.models, arns.configs],
    }),
  );
}

/** SageMaker encrypts the volumes of an endpoint in the name of who creates or updates it. */
export function grantVolumes(grantee: IGrantable, key: IKey): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['kms:CreateGrant'],
      resources: [key.keyArn],
      conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    }),
  );
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['kms:DescribeKey'], resources: [key.keyArn] }),
  );
}
