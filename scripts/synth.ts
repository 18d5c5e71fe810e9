/**
 * `npm run synth`: synthesizes the app and holds the result against cdk-nag (in the synthesis itself), cfn-lint and
 * asl-validator. Prints each finding; exits 1 when there is one.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import validateAsl from 'asl-validator';
import { ensureDevPython } from '../sandbox/src/python';
import { buildLambdas } from './build-lambdas';
import { type Definition, stateMachinesOf } from './state-machines';

const root = join(__dirname, '..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Variant {
  readonly name: string;
  readonly context: readonly string[];
}
/** With the app's feature flags, and in production's shape. */
const VARIANTS: readonly Variant[] = [
  { name: 'dev', context: ['stage=dev'] },
  { name: 'prod', context: ['stage=prod'] },
];

/** Its console script names the folder in which the environment was made, so its entry point is called instead. */
const CFN_LINT = 'import sys; from cfnlint.runner import main; sys.exit(main())';

const synthesize = (variant: Variant, out: string): boolean => {
  rmSync(out, { recursive: true, force: true });
  const cdk = join(root, 'node_modules/aws-cdk/bin/cdk');
  const flags = [...variant.context, 'nag=true'].flatMap((context) => ['-c', context]);
  const { status } = spawnSync(process.execPath, [cdk, 'synth', '--quiet', '--output', out, ...flags], {
    cwd: root,
    stdio: 'inherit',
    // cdk-nag's rule EVB1 reads a deprecated property of every event bus; the app's own deprecations show without nag.
    env: { ...process.env, JSII_DEPRECATED: 'quiet', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  return status === 0;
};

const templatesIn = (out: string): string[] =>
  readdirSync(out)
    .filter((file) => file.endsWith('.template.json'))
    .map((file) => join(out, file));

const checkDefinitions = (file: string, definitions: readonly Definition[]): number => {
  let findings = 0;
  for (const { logicalId, definition } of definitions) {
    const { isValid, errorsText } = validateAsl(definition);
    if (isValid) continue;
    findings += 1;
    say(`${file} ${logicalId}: ${errorsText('; ')}`);
  }
  return findings;
};

const main = async (): Promise<number> => {
  await buildLambdas();
  const { python } = await ensureDevPython({ log: say });
  let findings = 0;
  for (const variant of VARIANTS) {
    const out = join(root, 'cdk.out', variant.name);
    if (!synthesize(variant, out)) {
      findings += 1;
      continue;
    }
    const templates = templatesIn(out);
    // W3005: a DependsOn that a Ref implies; CDK writes it on purpose.
    const lint = spawnSync(python, ['-c', CFN_LINT, '--ignore-checks', 'W3005', '--', ...templates], {
      stdio: 'inherit',
    });
    if (lint.status !== 0) findings += 1;
    let machines = 0;
    for (const file of templates) {
      const definitions = stateMachinesOf(JSON.parse(readFileSync(file, 'utf8')));
      machines += definitions.length;
      findings += checkDefinitions(file, definitions);
    }
    say(`${variant.name}: ${templates.length} templates and ${machines} state machines checked.`);
  }
  return findings === 0 ? 0 : 1;
};

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
