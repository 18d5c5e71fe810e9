import { Effect, type IRole, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { artifactsOf, grantGet } from '../artifacts/object-grants';
import type { NetworkConfig } from '../platform/network';
import { grantJobRuntime, grantNetwork, sageMakerService } from '../platform/sagemaker-runtime';
import { grantVolumeKey } from './job-permissions';
import { runNamePrefix } from './names';

/** Properties of JobRoles. */
export interface JobRolesProps {
  readonly model: string;
  readonly store: IArtifactStore;
  /** @default - no rights on networks */
  readonly network?: NetworkConfig;
  /** Encrypts volumes and outputs of jobs. */
  readonly encryptionKey: IKey;
  /** One role for every kind of job; gets the same permissions. @default - a role for each */
  readonly jobRole?: IRole;
}

/**
 * The roles of a pipeline's jobs, one for each kind: processing reads data and writes runs, training reads what
 * processing wrote but never the held-out rows, and the model reads sealed archives and writes predictions.
 */
export class JobRoles extends Construct {
  public readonly processing: IRole;
  public readonly training: IRole;
  /** Execution role of models, in batch transforms. */
  public readonly serving: IRole;

  constructor(scope: Construct, id: string, props: JobRolesProps) {
    super(scope, id);
    const { store, model, jobRole } = props;
    const runs = ArtifactPrefix.RUNS.child(`${runNamePrefix(model)}*`);
    this.processing = jobRole ?? this.role('Processing', 'Runs the processing jobs', props);
    this.training = jobRole ?? this.role('Training', 'Runs the training jobs', props);
    this.serving = jobRole ?? this.role('Serving', 'Runs the model in batch transforms', props);
    const read = (role: IRole, ...prefixes: ArtifactPrefix[]): void => {
      for (const prefix of prefixes) grantGet(role, artifactsOf(store, prefix));
    };
    read(this.processing, ArtifactPrefix.DATA, ArtifactPrefix.CODE, runs);
    read(this.training, ArtifactPrefix.CODE, runs);
    read(this.serving, ArtifactPrefix.MODELS, runs);
    for (const role of new Set([this.processing, this.training, this.serving])) {
      store.grantWrite(role, runs);
      grantJobRuntime(this, role);
      if (props.network) grantNetwork(role);
      grantVolumeKey(role, props.encryptionKey);
      if (props.encryptionKey !== store.encryptionKey) props.encryptionKey.grantEncryptDecrypt(role);
    }
    if (!jobRole) this.keepFromHeldOut(props);
  }

  private role(id: string, what: string, props: JobRolesProps): Role {
    return new Role(this, id, {
      description: `${what} of the model ${props.model}`,
      assumedBy: sageMakerService(this),
    });
  }

  /** Whoever writes the training script must not reach the rows by which the model is judged. */
  private keepFromHeldOut({ store, model }: JobRolesProps): void {
    this.training.addToPrincipalPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ['s3:GetObject*', 's3:PutObject*', 's3:DeleteObject*'],
        resources: [store.bucket.arnForObjects(`${ArtifactPrefix.RUNS.value}${runNamePrefix(model)}*/held-out/*`)],
      }),
    );
  }
}
