import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * Makes the SDK in handler bundles smaller, and so a cold start quicker, without changing what it does: schemas of
 * operations that nobody calls go, classes of errors that differ in their names only share one body, of a client's
 * package.json stays the version that the user agent tells, and left out are streams of events, which no handler opens,
 * digests in JavaScript, for runtimes without Node's own, and the discovery of endpoints, for which DynamoDB's client holds a cache that none of its commands looks into.
 */
export const slimSdk: Plugin = {
  name: 'slim-sdk',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/][^\\/]+[\\/]dist-es[\\/].*schemas_0\.js$/ }, async ({ path }) => ({
      contents: wrapLiterals(await readFile(path, 'utf8')),
      loader: 'js',
    }));
    build.onLoad({ filter: /@aws-sdk[\\/][^\\/]+[\\/]dist-es[\\/]models[\\/]errors\.js$/ }, async ({ path }) => ({
      contents: shareErrorBody(await readFile(path, 'utf8')),
      loader: 'js',
    }));
    build.onLoad({ filter: /@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, async ({ path }) => {
      const { name, version } = JSON.parse(await readFile(path, 'utf8')) as { name: string; version: string };
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
    build.onLoad({ filter: /[\\/]sha(?:1|256|512)[\\/]Sha(?:1|256|512)Js\.js$/ }, ({ path }) => ({
      contents: noDigest(/Sha\d+Js/.exec(path)![0]),
      loader: 'js',
    }));
    const filter = /^(?:@smithy\/core\/event-streams|@aws-sdk\/middleware-endpoint-discovery)$/;
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: path.endsWith('event-streams') ? NO_EVENT_STREAMS : NO_ENDPOINT_DISCOVERY,
      loader: 'js',
    }));
  },
};

/** What the SDK imports of its event streams: clients are made without, and an operation that needs one says why. */
export const NO_EVENT_STREAMS = `
export const resolveEventStreamSerdeConfig = (config) => config;
export const eventStreamSerdeProvider = () => undefined;
export class EventStreamSerde {
  constructor() {
    throw new Error("Operations that stream events are left out of the handlers' bundles: see scripts/slim-sdk.ts.");
  }
}
`;

/** In place of a digest in JavaScript: Node has each of its own, and the SDK takes that. */
export const noDigest = (name: string): string => `
export class ${name} {
  constructor() {
    throw new Error("${name} is left out of the handlers' bundles: see scripts/slim-sdk.ts.");
  }
}
`;

/** What DynamoDB's client imports of the discovery of endpoints. */
export const NO_ENDPOINT_DISCOVERY = `
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};
export const resolveEndpointDiscoveryConfig = (config) => config;
`;

/**
 * `var X = [ … ];` becomes `var X = (() => [ … ])();`, marked pure. The SDK declares each schema as an array literal with
 * computed keys, which a bundler must take for code with effects; the literals have none. S3's alone are 60 KB of a
 * bundle. Declarations begin at a line's start.
 */
export const wrapLiterals = (code: string): string =>
  code.replace(
    /^((?:export )?var [\w$]+ = )(\[[\s\S]*?\n?\]);$/gm,
    (_, declaration: string, literal: string) => `${declaration}/* @__PURE__ */ (() => ${literal})();`,
  );

/** An error class as the SDK's generator writes it; one of any other form stays as it is. */
const ERROR_CLASS = new RegExp(
  [
    'export class (?<type>\\w+) extends __BaseException \\{',
    'static shapeId = "(?<shape>[^"]+)";',
    'name = "(?<name>[^"]+)";',
    '\\$fault = "(?<fault>\\w+)";',
    '(?<fields>(?:\\w+;\\s+)*)constructor\\(opts\\) \\{',
    'super\\(\\{',
    'name: "\\k<name>",',
    '\\$fault: "\\k<fault>",',
    '\\.\\.\\.opts,',
    '\\}\\);',
    'Object\\.setPrototypeOf\\(this, \\k<type>\\.prototype\\);',
    '(?<assigned>(?:this\\.(\\w+) = opts\\.\\w+;\\s+)*)\\}',
    '\\}',
  ].join('\\s+'),
  'g',
);

const SHARED_BODY = `
const __errorClass = (shapeId, $fault, members, name = shapeId.split("#")[1]) => class extends __BaseException {
  static shapeId = shapeId;
  name = name;
  $fault = $fault;
  constructor(opts) {
    super({ name, $fault, ...opts });
    for (const member of members) this[member] = opts[member];
  }
};
`;

/** Error classes share one body: Lambda's 56 shrink from 17 KB to 4. */
export const shareErrorBody = (code: string): string => {
  let shared = false;
  const rest = code.replace(ERROR_CLASS, (whole: string, ...groups: unknown[]) => {
    const { type, shape, name, fault, fields, assigned } = groups.at(-1) as Record<string, string>;
    const members = [...assigned!.matchAll(/this\.(\w+) = opts\.(\w+);/g)];
    const isPlain = shape!.endsWith(`#${name}`) && members.every(([, to, from]) => to === from);
    if (!isPlain || fields!.match(/\w+/g)?.join() !== (members.map(([, to]) => to).join() || undefined)) return whole;
    shared = true;
    const list = JSON.stringify(members.map(([, to]) => to));
    return `export const ${type} = /* @__PURE__ */ __errorClass("${shape}", "${fault}", ${list});`;
  });
  if (!shared) return code;
  // Behind the imports, before the first class.
  return rest.replace(/^export /m, `${SHARED_BODY}export `);
};
