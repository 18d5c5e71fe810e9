import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context, Host } from '../context';
import { usageError } from '../errors';
import { invoke } from '../invoke';
import { name } from '../options';
import type { Action } from '../program';

export function registerInvoke(program: Command, action: Action): void {
  program
    .command('invoke')
    .description("send a request to a model's endpoint, and write its answer")
    .argument('<model>', 'name of the model', name)
    .argument('<file>', 'file that holds the request; - for standard input')
    .option('--content-type <type>', "content type of the request (default: the model's)")
    .action(action(run));
}

async function run(
  context: Context,
  model: string,
  file: string,
  flags: { readonly contentType?: string },
): Promise<void> {
  const body = await read(file, context.host);
  if (body.length === 0) throw usageError(file === '-' ? 'Standard input is empty.' : `${file} is empty.`);
  const session = await context.session();
  const answer = await invoke(session, { model, body, ...flags });
  context.out.result(answer, () => answer.body);
}

async function read(file: string, { stdin, cwd }: Host): Promise<Uint8Array> {
  if (file !== '-') return readFile(resolve(cwd, file));
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
