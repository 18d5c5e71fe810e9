/**
 * Stands in for the SDK's default credential chain in handler bundles: Lambda hands credentials over in environment
 * variables only, and the rest of the chain (profiles, SSO, IMDS, login) would be a quarter of each bundle.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';

export const defaultProvider = (init?: object): ReturnType<typeof fromEnv> => fromEnv(init);
