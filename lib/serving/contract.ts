/** What the guard of an endpoint and its handler agree on. */

/** Properties of the custom resource `Custom::EndpointGuard`; CloudFormation hands them over as text. */
export interface EndpointGuardProperties {
  readonly endpointName: string;
  /** `true`: the endpoint goes with the stack. */
  readonly deleteEndpoint: 'true' | 'false';
  /** Endpoint configs and models whose names begin with this belong to the endpoint. */
  readonly namePrefix: string;
}
