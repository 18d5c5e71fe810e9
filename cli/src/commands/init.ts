import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context';
import { initProject, type Project } from '../init/init';
import type { Action } from '../program';

export function registerInit(program: Command, action: Action): void {
  program
    .command('init')
    .description('begin a project of your own')
    .argument('[dir]', 'folder of the project (default: this one)', '.')
    .option('--from <dir>', 'folder with the packed packages, instead of published versions')
    .action(action(run));
}

async function run(context: Context, dir: string, { from }: { readonly from?: string }): Promise<void> {
  const { host, out } = context;
  const project = await initProject({
    folder: resolve(host.cwd, dir),
    ...(from ? { from: resolve(host.cwd, from) } : {}),
  });
  out.result(project, () => nextSteps(project, dir));
}

function nextSteps({ name, folder, files }: Project, dir: string): string {
  return [
    `Made the project '${name}' in ${folder}:`,
    ...files.map((file) => `  ${file}`),
    '',
    'Next:',
    ...(dir === '.' ? [] : [`  cd ${dir}`]),
    '  npm install',
    '  npx mlops sandbox start',
    '  npx mlops deploy',
    '  npx mlops data push my-data <your.csv>',
    '  npx mlops train my-model',
  ].join('\n');
}
