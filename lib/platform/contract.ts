/** How the command and the app find what is deployed: SSM parameters that hold JSON. */

/** Parameter that holds a PlatformDirectory. */
export const platformParameter = (platform: string): string => `/cdk-mlops/${platform}/platform`;
/** Parameter that holds a ModelDirectory. */
export const modelParameter = (platform: string, model: string): string => `/cdk-mlops/${platform}/models/${model}`;

export interface PlatformDirectory {
  readonly platform: string;
  readonly stage: 'dev' | 'test' | 'prod';
  readonly bucket: string;
  readonly evidenceBucket: string;
  /** Base URL of the registry API, without a trailing slash. */
  readonly apiUrl: string;
  readonly busName: string;
  /** What MLflow's clients track to, signed with IAM; absent where the platform has no such API. */
  readonly mlflowUri?: string;
  readonly version: string;
  /** Parameter that holds the public key by which signatures are checked; absent where nothing is signed. */
  readonly signingKeyParameter?: string;
}

export interface ModelDirectory {
  readonly model: string;
  readonly dataset: string;
  readonly trainingStateMachineArn: string;
  readonly releaseStateMachineArn: string;
  readonly endpointName: string;
  readonly contentType: string;
  /** Feature columns in order where the schema names them. */
  readonly features?: readonly string[];
  readonly label: string;
  readonly instanceTypes: Readonly<Record<string, string>>;
}
