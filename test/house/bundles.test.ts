import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildLambdas } from '../../scripts/build-lambdas';
import {
  NO_ENDPOINT_DISCOVERY,
  NO_EVENT_STREAMS,
  noDigest,
  shareErrorBody,
  wrapLiterals,
} from '../../scripts/slim-sdk';

const root = join(__dirname, '../..');
const outdir = mkdtempSync(join(tmpdir(), 'bundles-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

/** What a cold start has to read: 400 KB. */
const MOST = 400 * 1024;

describe('the handler bundles', () => {
  it('are 400 KB each at the most', async () => {
    const built = await buildLambdas(outdir);
    expect(built.length).toBeGreaterThan(30);
    expect(built.filter(({ bytes }) => bytes > MOST)).toEqual([]);
  });
});

const ERRORS = `export class Gone extends __BaseException {
    static shapeId = "com.example#Gone";
    name = "Gone";
    $fault = "client";
    Message;
    Ids;
    constructor(opts) {
        super({
            name: "Gone",
            $fault: "client",
            ...opts,
        });
        Object.setPrototypeOf(this, Gone.prototype);
        this.Message = opts.Message;
        this.Ids = opts.Ids;
    }
}
export class Busy extends __BaseException {
    static shapeId = "com.example#BusyException";
    name = "Busy";
    $fault = "server";
    $retryable = {};
    constructor(opts) {
        super({
            name: "Busy",
            $fault: "server",
            ...opts,
        });
        Object.setPrototypeOf(this, Busy.prototype);
    }
}
`;

interface ServiceError extends Error {
  readonly $fault: string;
}
type ErrorClass = (new (opts: object) => ServiceError) & { readonly shapeId: string };

/** Runs the module's text with a base class as the SDK's. */
const load = (code: string): Record<string, ErrorClass> =>
  new Function(
    `class __BaseException extends Error {
       constructor(opts) { super(opts.message); Object.assign(this, opts); }
     }
     ${code.replaceAll('export ', '')}
     return { Gone, Busy };`,
  )();

describe('classes of errors with one body', () => {
  const before = load(ERRORS);
  const after = load(shareErrorBody(ERRORS));

  it.each(['Gone', 'Busy'])('make the same %s as before', (name) => {
    const opts = { message: 'no more', Message: 'No more.', Ids: [1, 2], $metadata: { httpStatusCode: 400 } };
    const [was, is] = [new before[name]!(opts), new after[name]!(opts)];
    expect({ ...is }).toEqual({ ...was });
    expect([is.name, is.message, is.$fault]).toEqual([was.name, was.message, was.$fault]);
    expect(after[name]!.shapeId).toBe(before[name]!.shapeId);
    expect(is).toBeInstanceOf(after[name]!);
    expect(is).toBeInstanceOf(Error);
  });

  it('leaves a class of another form as it is', () => {
    expect(shareErrorBody(ERRORS)).toContain('$retryable = {};');
    expect(shareErrorBody(ERRORS)).not.toContain('class Gone');
    expect(shareErrorBody('export const a = 1;\n')).toBe('export const a = 1;\n');
  });
});

describe('schemas', () => {
  it('become calls without effects, of the same value', () => {
    const code =
      'const n = "ns";\nexport var Thing$ = [3, n, "Thing",\n    { [n]: 1 },\n    ["a"], [0]\n];\nvar other = 2;\n';
    const wrapped = wrapLiterals(code);
    expect(wrapped).toContain('export var Thing$ = /* @__PURE__ */ (() => [3, n,');
    expect(wrapped).toContain('var other = 2;');
    const value = new Function(`${wrapped.replace('export ', '')} return Thing$;`)();
    expect(value).toEqual([3, 'ns', 'Thing', { ns: 1 }, ['a'], [0]]);
  });
});

describe('streams of events', () => {
  it('are left out: clients are made without, and an operation that needs one says why', () => {
    const { resolveEventStreamSerdeConfig, EventStreamSerde } = new Function(
      `${NO_EVENT_STREAMS.replaceAll('export ', '')} return { resolveEventStreamSerdeConfig, EventStreamSerde };`,
    )();
    const config = { region: 'eu-west-1' };
    expect(resolveEventStreamSerdeConfig(config)).toBe(config);
    expect(() => new EventStreamSerde()).toThrow(/left out of the handlers' bundles/);
  });
});

describe('digests in JavaScript', () => {
  it('are left out: on Node the SDK takes its own', async () => {
    const { Sha256Js } = new Function(`${noDigest('Sha256Js').replaceAll('export ', '')} return { Sha256Js };`)();
    expect(() => new Sha256Js()).toThrow(/left out of the handlers' bundles/);
    const { Sha256 } = await import('@smithy/core/checksum');
    const hash = new Sha256();
    hash.update(Buffer.from('a'));
    expect(Buffer.from(await hash.digest()).toString('hex')).toMatch(/^ca978112/);
    expect(Sha256.name).toBe('Sha256Node');
  });
});

describe('the discovery of endpoints', () => {
  it('is left out, and no command of DynamoDB looks for an endpoint that was discovered', () => {
    const folders = ['client-dynamodb', 'lib-dynamodb'].map((name) =>
      join(root, 'node_modules/@aws-sdk', name, 'dist-es'),
    );
    const files = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.js'))
        .map((file) => readFileSync(join(folder, file), 'utf8')),
    );
    expect(files.length).toBeGreaterThan(100);
    const imported = files.flatMap((code) =>
      [...code.matchAll(/import \{([^}]*)\} from "@aws-sdk\/middleware-endpoint-discovery"/g)].flatMap(([, names]) =>
        names!.match(/\w+/g),
      ),
    );
    expect(imported.sort()).toEqual(['NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS', 'resolveEndpointDiscoveryConfig']);
    for (const name of imported) expect(NO_ENDPOINT_DISCOVERY).toContain(`export const ${name} =`);
  });
});
