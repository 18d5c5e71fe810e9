/** The default stage of an HTTP API, by the host that it has on AWS. */
const API = /https:\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.[a-z0-9-]+(?:\.[a-z]+)*(?![\w.-])/g;

/** No resolver leads the host of an API to the sandbox: in a container's environment its URL is a path of the endpoint. */
export const reachableApis = (
  environment: Readonly<Record<string, string>>,
  endpointUrl: string,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(API, (_, api) => `${endpointUrl}/_aws/execute-api/${api}/$default`),
    ]),
  );
