import { ArnFormat, Aspects, Stack } from 'aws-cdk-lib';
import { CfnUserPoolGroup, type IUserPool } from 'aws-cdk-lib/aws-cognito';
import { FederatedPrincipal, ManagedPolicy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import { platformParameter } from './contract';
import type { IMlopsPlatform } from './mlops-platform';
import { ReviewedWildcards } from './reviewed-wildcards';

/** Where people of a team sign in, if it is with Amazon Cognito. */
export interface CognitoSignIn {
  /** Gets a group for each role. */
  readonly userPool: IUserPool;
  /** Identity pool that gives credentials to who signed in; set it to choose the role from the token. */
  readonly identityPoolId: string;
}

/** Properties of TeamAccess. */
export interface TeamAccessProps {
  readonly platform: IMlopsPlatform;
  /** @default - attach the policies to roles, permission sets or users of your own */
  readonly signIn?: CognitoSignIn;
}

/** Routes of the registry API by who may call them; all may read. Who approves neither trains nor releases. */
const ROUTES = {
  dataScientists: [
    'POST /datasets/*',
    'POST /models/*/runs',
    'POST /models/*/imports',
    'POST /runs/*',
    'POST /models/*/versions/*/releases',
    'POST /models/*/versions/*/waivers',
    'PUT /models/*/aliases/*',
    'POST /models/*/aliases/*',
    'POST /notes',
  ],
  approvers: [
    'POST /releases/*/approval',
    'POST /models/*/versions/*/reject',
    'POST /models/*/versions/*/waivers/decision',
    'POST /models/*/oversight',
    'POST /notes',
    'POST /holds',
  ],
  operators: ['POST /runs/*', 'POST /models/*/versions/*/releases'],
  auditors: [],
} as const;

/**
 * What data scientists, approvers, operators and auditors may do, as managed policies for the roles, permission sets or
 * users of a team; with Cognito also as groups. They work with the `mlops` command and nothing else: no policy reaches the
 * registry's table, and none may send task tokens. All may read what MLflow holds, data scientists write it.
 *
 * @example
 * const access = new TeamAccess(this, 'Access', { platform });
 * riskOfficers.addManagedPolicy(access.approvers);
 */
export class TeamAccess extends Construct {
  /**
   * Push data, train with sources of their own, ask for releases, move aliases but the champion, write notes, ask for
   * waivers, ask endpoints, and do with MLflow whatever its client can.
   */
  public readonly dataScientists: ManagedPolicy;
  /** Decide on releases and waivers, reject versions, retire models, hold what may not be deleted, read the evidence. */
  public readonly approvers: ManagedPolicy;
  /** Stop and resume runs, release a version that is in the registry, read logs and executions. */
  public readonly operators: ManagedPolicy;
  /** Read records and evidence, change nothing. */
  public readonly auditors: ManagedPolicy;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: TeamAccessProps,
  ) {
    super(scope, id);
    const { platform } = props;
    const { store } = platform;
    this.dataScientists = this.policy('DataScientists', 'Train and release models', ROUTES.dataScientists);
    store.grantWrite(this.dataScientists, ArtifactPrefix.DATA);
    store.grantRead(this.dataScientists, ArtifactPrefix.DATA);
    store.grantWrite(this.dataScientists, ArtifactPrefix.CODE);
    store.grantWrite(this.dataScientists, ArtifactPrefix.IMPORTS);
    store.grantRead(this.dataScientists, ArtifactPrefix.IMPORTS);
    store.grantRead(this.dataScientists, ArtifactPrefix.CODE);
    platform.mlflow?.grantUse(this.dataScientists);
    this.letWatch(this.dataScientists);
    this.dataScientists.addStatements(
      new PolicyStatement({
        actions: ['sagemaker:InvokeEndpoint'],
        resources: [this.arn('sagemaker', 'endpoint', '*')],
      }),
    );
    this.approvers = this.policy('Approvers', 'Decide on releases of models', ROUTES.approvers);
    store.grantReadEvidence(this.approvers);
    this.operators = this.policy('Operators', 'Keep runs and releases of models going', ROUTES.operators);
    this.letWatch(this.operators);
    this.auditors = this.policy('Auditors', 'Read the records and the evidence of models', ROUTES.auditors);
    store.grantReadEvidence(this.auditors);
    for (const policy of [this.approvers, this.operators, this.auditors]) platform.mlflow?.grantRead(policy);
    if (props.signIn) this.makeGroups(props.signIn);
    Aspects.of(this).add(new ReviewedWildcards());
  }

  private policy(id: string, description: string, routes: readonly string[]): ManagedPolicy {
    const { platformName, registry } = this.props.platform;
    const policy = new ManagedPolicy(this, id, { description: `${description} (platform ${platformName})` });
    registry.grantRoutes(policy, 'GET /*', ...routes);
    policy.addStatements(
      new PolicyStatement({
        actions: ['ssm:GetParameter', 'ssm:GetParametersByPath'],
        resources: [
          this.arn('ssm', 'parameter', `${platformParameter(platformName).split('/').slice(1, -1).join('/')}/*`),
        ],
      }),
    );
    return policy;
  }

  /** What `mlops runs logs` and `mlops runs show` look at. */
  private letWatch(policy: ManagedPolicy): void {
    const machines = this.arn(
      'states',
      'execution',
      `${this.props.platform.platformName}-*`,
      ArnFormat.COLON_RESOURCE_NAME,
    );
    const logs = this.arn('logs', 'log-group', '/aws/sagemaker/*', ArnFormat.COLON_RESOURCE_NAME);
    policy.addStatements(
      new PolicyStatement({ actions: ['states:GetExecutionHistory'], resources: [machines] }),
      new PolicyStatement({ actions: ['logs:FilterLogEvents'], resources: [logs] }),
    );
  }

  private makeGroups({ userPool, identityPoolId }: CognitoSignIn): void {
    const groups = {
      'data-scientists': this.dataScientists,
      approvers: this.approvers,
      operators: this.operators,
      auditors: this.auditors,
    };
    for (const [groupName, policy] of Object.entries(groups)) {
      const role = new Role(this, `${policy.node.id}Role`, {
        description: policy.description,
        managedPolicies: [policy],
        assumedBy: new FederatedPrincipal(
          'cognito-identity.amazonaws.com',
          {
            StringEquals: { 'cognito-identity.amazonaws.com:aud': identityPoolId },
            'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
          },
          'sts:AssumeRoleWithWebIdentity',
        ),
      });
      const { userPoolId } = userPool;
      new CfnUserPoolGroup(this, `${policy.node.id}Group`, { userPoolId, groupName, roleArn: role.roleArn });
    }
  }

  private arn(service: string, resource: string, resourceName: string, arnFormat?: ArnFormat): string {
    return Stack.of(this).formatArn({ service, resource, resourceName, arnFormat });
  }
}
