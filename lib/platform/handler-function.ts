import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { NetworkConfig } from './network';
import { packageRoot } from './package-root';

/** Properties of a HandlerFunction. */
export interface HandlerFunctionProps {
  /** Name of the prebuilt bundle, `<capability>-<verb>`. */
  readonly handler: string;
  /** What it does, for whoever reads the function list. */
  readonly description: string;
  /** @default - no variables beside those that the network adds */
  readonly environment?: Record<string, string>;
  /** @default 30 seconds */
  readonly timeout?: Duration;
  /** Megabytes. @default 512 */
  readonly memorySize?: number;
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
  /** Encrypts the environment and the log group. @default - AWS-managed keys */
  readonly encryptionKey?: IKey;
}

/**
 * A Lambda function around one of the library's prebuilt handlers: Node 24 on arm64, structured logs kept for three
 * months, traces on.
 */
export class HandlerFunction extends LambdaFunction {
  /** @throws Error when the bundle is missing, which means that the package was not built. */
  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    const bundle = join(packageRoot(), 'dist', 'lambdas', props.handler);
    if (!existsSync(bundle)) {
      throw new Error(
        `The handler bundle '${props.handler}' is missing. In a checkout run 'npm run build:lambdas' first.`,
      );
    }
    const proxy: Record<string, string> = props.network?.httpsProxy ? { HTTPS_PROXY: props.network.httpsProxy } : {};
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey ? { encryptionKey: props.encryptionKey } : {}),
    });
    super(scope, id, {
      role: executionRole(scope, id, logGroup, props.network),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundle),
      handler: 'index.handler',
      description: props.description,
      timeout: props.timeout ?? Duration.seconds(30),
      memorySize: props.memorySize ?? 512,
      environment: { ...proxy, ...props.environment },
      ...(props.encryptionKey ? { environmentEncryption: props.encryptionKey } : {}),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      ...(props.network
        ? { vpc: props.network.vpc, vpcSubnets: props.network.subnets, securityGroups: props.network.securityGroups }
        : {}),
      logGroup,
    });
  }
}

/** A role that may write its own log group, and in a network make its interfaces: narrower than AWS's managed policy. */
function executionRole(scope: Construct, id: string, logGroup: LogGroup, network?: NetworkConfig): Role {
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  if (network) {
    role.addToPolicy(
      new PolicyStatement({
        // Lambda checks these for the function's network interfaces; none of them takes a narrower resource at creation.
        actions: [
          'CreateNetworkInterface',
          'DescribeNetworkInterfaces',
          'DescribeSubnets',
          'DeleteNetworkInterface',
        ].map((action) => `ec2:${action}`),
        resources: ['*'],
      }),
    );
  }
  return role;
}
