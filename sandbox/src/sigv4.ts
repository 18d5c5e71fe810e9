import type { IncomingHttpHeaders } from 'node:http';

/** The credential that signed a request, `<key>/20260101/us-east-1/<service>/aws4_request`, in its headers. */
export const credentialOf = (headers: IncomingHttpHeaders): string | undefined =>
  /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];

/** The service that a SigV4 request was signed for by its credential. */
export function signedService(headers: IncomingHttpHeaders): string | undefined {
  return credentialOf(headers)?.split('/').at(-2);
}
