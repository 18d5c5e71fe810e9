#!/usr/bin/env node
/**
 * What `npx cdk-mlops` runs: it hands over to the command, which is a package of its own. The project's own copy is
 * taken where there is one, else the copy of the same version from the registry.
 */
import { spawnSync } from 'node:child_process';
import { packageVersion } from './platform/package-root';

const COMMAND = 'cdk-mlops-cli';

function ownCopy(): string | undefined {
  try {
    return require.resolve(`${COMMAND}/bin/mlops.mjs`, { paths: [process.cwd()] });
  } catch {
    return undefined;
  }
}

const script = ownCopy();
const [program, first] = script ? [process.execPath, [script]] : ['npx', ['--yes', `${COMMAND}@${packageVersion()}`]];
const { status, error } = spawnSync(program, [...first, ...process.argv.slice(2)], { stdio: 'inherit' });
if (error)
  process.stderr.write(`The command could not be started: ${error.message}. Install it with npm install ${COMMAND}.\n`);
process.exitCode = status ?? 1;
