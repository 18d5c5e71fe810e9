import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';

/** The network in which Lambda functions and SageMaker jobs run. */
export interface NetworkConfig {
  /** VPC of functions and jobs. */
  readonly vpc: IVpc;
  /**
   * Subnets of functions and jobs.
   * @default - the VPC's private subnets
   */
  readonly subnets?: SubnetSelection;
  /**
   * Security groups of functions and jobs.
   * @default - CDK makes one for each function; jobs need at least one when a VPC is given
   */
  readonly securityGroups?: ISecurityGroup[];
  /**
   * Proxy for outgoing HTTPS, as `https://host:port`, handed to functions and jobs as `HTTPS_PROXY`.
   * @default - none
   */
  readonly httpsProxy?: string;
}
