import { CfnResource, type RemovalPolicy } from 'aws-cdk-lib';
import { type IRole, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { artifactsOf, grantGet } from '../artifacts/object-grants';
import type { NetworkConfig } from '../platform/network';
import { grantJobRuntime, grantNetwork, sageMakerService } from '../platform/sagemaker-runtime';

/** Properties of a ServingRole. */
export interface ServingRoleProps {
  readonly model: string;
  readonly endpointName: string;
  readonly store: IArtifactStore;
  /** @default - no rights on networks */
  readonly network?: NetworkConfig;
  /** Role that the user brought; gets the same permissions. @default - a new one */
  readonly role?: IRole;
  /** What becomes of a new role when the stack goes. A live endpoint needs its role. */
  readonly removalPolicy: RemovalPolicy;
}

/** The role with which the containers of an endpoint run: they read sealed models and write captured data, no more. */
export class ServingRole extends Construct {
  public readonly role: IRole;

  constructor(scope: Construct, id: string, props: ServingRoleProps) {
    super(scope, id);
    this.role =
      props.role ??
      new Role(this, 'Role', {
        description: `Serves the model ${props.model} at the endpoint ${props.endpointName}`,
        assumedBy: sageMakerService(this),
      });
    grantGet(this.role, artifactsOf(props.store, ArtifactPrefix.MODELS));
    props.store.grantWrite(this.role, ArtifactPrefix.CAPTURES.child(props.endpointName));
    grantJobRuntime(this, this.role);
    if (props.network) grantNetwork(this.role);
    // The policies are resources of their own, and the role is worth nothing without them.
    for (const child of this.node.findAll()) {
      if (CfnResource.isCfnResource(child)) child.applyRemovalPolicy(props.removalPolicy);
    }
  }
}
