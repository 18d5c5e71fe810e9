import { Command } from 'commander';
import { registerAudit } from './commands/audit';
import { registerData } from './commands/data';
import { registerDeploy } from './commands/deploy';
import { registerDoctor } from './commands/doctor';
import { registerFairness } from './commands/fairness';
import { registerHistory } from './commands/history';
import { registerHold } from './commands/hold';
import { registerInit } from './commands/init';
import { registerInvoke } from './commands/invoke';
import { registerLineage } from './commands/lineage';
import { registerMlflow } from './commands/mlflow';
import { registerModels } from './commands/models';
import { registerProfiles } from './commands/profile';
import { registerQuality } from './commands/quality';
import { registerRelease } from './commands/release';
import { registerReleases } from './commands/releases';
import { registerReplay } from './commands/replay';
import { registerReport } from './commands/report';
import { registerRuns } from './commands/runs';
import { registerSandbox } from './commands/sandbox';
import { registerTrain } from './commands/train';
import { registerValidate } from './commands/validate';
import { registerWaivers } from './commands/waivers';
import type { Context, GlobalFlags, Host } from './context';
import { VERSION } from './version';

/**
 * Makes a commander action of a function that gets the run's context first, then the arguments and the options, as
 * commander has parsed them.
 */
// biome-ignore lint/suspicious/noExplicitAny: commander's own action takes any arguments.
export type Action = (work: (context: Context, ...args: any[]) => Promise<void>) => (...args: any[]) => Promise<void>;

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 rejected, 4 not found, 5 timeout, 6 stopped, 7 no access,
8 no answer from the service, 9 conflict.`;

export function buildProgram(host: Host, makeContext: (flags: GlobalFlags) => Context): Command {
  const program = new Command('mlops')
    .description('Data, training, registry and releases of cdk-mlops, on AWS and in the sandbox.')
    .version(VERSION)
    .option('--json', 'write one JSON document to stdout')
    .option('-q, --quiet', 'no progress on stderr')
    .option('--no-color', 'no colours')
    .option('--sandbox', "act in the project's sandbox")
    .option('--aws', 'act on AWS, whatever else runs')
    .option('--profile <name>', 'AWS profile; means AWS')
    .option('--region <region>', 'AWS region')
    .option('--platform <name>', 'name of the platform (default: MLOPS_PLATFORM, or the only one there is)')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(mlops --help lists commands and options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void host.stdout.write(text),
      writeErr: (text) => void host.stderr.write(text),
    });
  const action: Action =
    (work) =>
    async (...args) => {
      const command = args.at(-1) as Command;
      await work(makeContext(command.optsWithGlobals<GlobalFlags>()), ...args.slice(0, -1));
    };
  const register = [
    registerInit,
    registerSandbox,
    registerDeploy,
    registerDoctor,
    registerData,
    registerTrain,
    registerRuns,
    registerReplay,
    registerModels,
    registerHistory,
    registerLineage,
    registerAudit,
    registerMlflow,
    registerHold,
    registerInvoke,
    registerFairness,
    registerProfiles,
    registerQuality,
    registerValidate,
    registerRelease,
    registerReleases,
    registerReport,
    registerWaivers,
  ];
  for (const add of register) add(program, action);
  return program;
}
