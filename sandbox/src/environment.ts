import { devNull } from 'node:os';
import type { SandboxInfo } from './config';

/** Settings of the host that would send a call elsewhere, or sign it as somebody else. */
const HOST_SETTINGS = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_CA_BUNDLE',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'http_proxy',
  'https_proxy',
] as const;

/**
 * The environment by which unmodified AWS SDKs, the AWS CLI and the CDK CLI reach the sandbox and nothing else.
 * A value of undefined means that the variable must not be set: Node leaves it out when such an environment is spread
 * into that of a child process. The endpoint is an IP address, by which SDKs choose path-style S3 URLs of themselves.
 */
export function sandboxEnv(
  info: Pick<SandboxInfo, 'endpoint' | 'region' | 'accountId'>,
): Record<string, string | undefined> {
  const otherEndpoints = Object.keys(process.env).filter((name) => name.startsWith('AWS_ENDPOINT_URL_'));
  return {
    ...Object.fromEntries([...HOST_SETTINGS, ...otherEndpoints].map((name) => [name, undefined])),
    AWS_ENDPOINT_URL: info.endpoint,
    AWS_ENDPOINT_URL_S3: info.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: info.region,
    AWS_DEFAULT_REGION: info.region,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Some operations put a word before the host's name, which an IP address has none of; JavaScript's SDK: disableHostPrefix.
    AWS_DISABLE_HOST_PREFIX_INJECTION: 'true',
    CDK_DEFAULT_ACCOUNT: info.accountId,
    CDK_DEFAULT_REGION: info.region,
  };
}

/** Sets the sandbox's environment in this process, for SDK clients made afterwards. */
export function applySandboxEnv(info: Pick<SandboxInfo, 'endpoint' | 'region' | 'accountId'>): void {
  for (const [name, value] of Object.entries(sandboxEnv(info))) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
