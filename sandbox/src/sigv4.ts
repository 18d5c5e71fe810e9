import type { IncomingHttpHeaders } from 'node:http';

/** The service that a SigV4 request was signed for, from its credential scope: `…/20260101/us-east-1/<service>/aws4_request`. */
export function signedService(headers: IncomingHttpHeaders): string | undefined {
  const scope = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];
  return scope?.split('/').at(-2);
}
