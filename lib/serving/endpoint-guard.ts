import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';
import type { EndpointGuardProperties } from './contract';

/** Properties of an EndpointGuard. */
export interface EndpointGuardProps {
  readonly endpointName: string;
  readonly endpointArn: string;
  readonly model: string;
  /** Deletes the endpoint instead of refusing. */
  readonly deleteEndpoint: boolean;
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
  /** @default - AWS-managed keys */
  readonly encryptionKey?: IKey;
}

/**
 * Refuses the removal of a stack whose endpoint lives, and names it; or removes the endpoint first. CloudFormation
 * removes what depends on others before the others: the guard must depend on what the endpoint needs.
 */
export class EndpointGuard extends Construct {
  /** The custom resource whose removal is refused. */
  public readonly resource: CustomResource;
  public readonly guardFunction: HandlerFunction;

  constructor(scope: Construct, id: string, props: EndpointGuardProps) {
    super(scope, id);
    this.guardFunction = new HandlerFunction(this, 'Function', {
      handler: 'serving-guard-endpoint',
      description: `Keeps the stack from going while the endpoint ${props.endpointName} lives`,
      timeout: Duration.minutes(14),
      network: props.network,
      encryptionKey: props.encryptionKey,
    });
    this.guardFunction.addToRolePolicy(
      new PolicyStatement({ actions: ['sagemaker:DescribeEndpoint'], resources: [props.endpointArn] }),
    );
    if (props.deleteEndpoint) this.allowDeletion(props);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::EndpointGuard',
      serviceToken: this.guardFunction.functionArn,
      serviceTimeout: Duration.minutes(15),
      properties: {
        endpointName: props.endpointName,
        deleteEndpoint: props.deleteEndpoint ? 'true' : 'false',
        namePrefix: `${props.model}-v`,
      } satisfies EndpointGuardProperties,
    });
    // The function's permissions must outlive the resource, or its removal could not look at the endpoint.
    this.resource.node.addDependency(this.guardFunction);
  }

  private allowDeletion(props: EndpointGuardProps): void {
    const own = (resource: string): string =>
      Stack.of(this).formatArn({ service: 'sagemaker', resource, resourceName: `${props.model}-v*` });
    this.guardFunction.addToRolePolicy(
      new PolicyStatement({ actions: ['sagemaker:DeleteEndpoint'], resources: [props.endpointArn] }),
    );
    this.guardFunction.addToRolePolicy(
      new PolicyStatement({
        actions: ['sagemaker:DescribeEndpointConfig', 'sagemaker:DeleteEndpointConfig'],
        resources: [own('endpoint-config')],
      }),
    );
    this.guardFunction.addToRolePolicy(
      new PolicyStatement({ actions: ['sagemaker:DeleteModel'], resources: [own('model')] }),
    );
  }
}
