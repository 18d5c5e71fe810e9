import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readPublicKey } from '../../../core/attestation';
import { chainOf, entryOf, type RecordedChange, readExport, writeExport } from '../../../core/audit';
import { type KeptChain, readChain } from '../audit/read';
import { type AuditFinding, verifyAudit } from '../audit/verify';
import type { Context } from '../context';
import { notFound, usageError } from '../errors';
import { EXIT } from '../exit-codes';
import { plural, table, time } from '../format';
import { wholeNumber } from '../options';
import type { Action } from '../program';
import { publicKeyOf } from '../verify/online';

interface Flags {
  readonly dataset?: boolean;
}
interface ShowFlags extends Flags {
  readonly last: number;
  readonly export?: string;
}
interface VerifyFlags extends Flags {
  readonly file?: string;
  readonly publicKey?: string;
}

const kindOf = ({ dataset }: Flags): 'model' | 'dataset' => (dataset ? 'dataset' : 'model');

export function registerAudit(program: Command, action: Action): void {
  const audit = program
    .command('audit')
    .description('what was changed of a model or dataset: who, when, on what evidence');
  audit
    .command('show', { isDefault: true })
    .description('the entries in their order')
    .argument('<name>', 'model, or with --dataset a dataset')
    .option('--dataset', 'the name is that of a dataset')
    .option('--last <n>', 'how many of the newest entries', wholeNumber, 50)
    .option('--export <file>', 'write all entries and heads into a file that `audit verify --file` takes')
    .action(action(show));
  audit
    .command('verify')
    .description('name the first entry that was changed, removed or moved; with --file without AWS')
    .argument('[name]', 'model, or with --dataset a dataset')
    .option('--dataset', 'the name is that of a dataset')
    .option('--file <file>', 'an exported audit')
    .option('--public-key <file>', "the platform's public key, PEM: heads have to be signed by it")
    .action(action(verify));
}

async function show(context: Context, name: string, flags: ShowFlags): Promise<void> {
  const chain = await kept(context, name, flags);
  if (flags.export) {
    writeFileSync(resolve(context.host.cwd, flags.export), writeExport(chain));
    context.out.info(
      `Wrote ${plural(chain.links.length, 'audit line')} and ${plural(chain.heads.length, 'head')} to ${flags.export}`,
    );
  }
  const entries = chain.links.slice(-flags.last).map((link) => entryOf(link));
  context.out.result(entries, () =>
    table(entries, [
      { title: '#', value: ({ sequence }) => sequence, align: 'right' },
      { title: 'TIME', value: (entry) => time(entry.time) },
      { title: 'WHAT', value: ({ type }) => type },
      { title: 'ABOUT', value: about },
      { title: 'WHO', value: ({ person, actor }) => person ?? actor.id },
    ]),
  );
}

async function verify(context: Context, name: string | undefined, flags: VerifyFlags): Promise<void> {
  const finding = flags.file ? verifyFile(context, flags.file, name, flags) : await verifyKept(context, name, flags);
  if (!finding.ok) context.exitCode = EXIT.rejected;
  context.out.result(finding, () => finding.sentence);
}

async function verifyKept(context: Context, name: string | undefined, flags: VerifyFlags): Promise<AuditFinding> {
  if (!name) throw usageError('Name a model, or give an exported audit with --file.');
  const chain = await kept(context, name, flags);
  const session = await context.session();
  const { signingKeyParameter } = await session.platform();
  const pem = flags.publicKey ? textOf(context, flags.publicKey) : signingKeyParameter && (await publicKeyOf(session));
  return verifyAudit(chain.chain, chain, pem ? readPublicKey(pem) : undefined);
}

function verifyFile(context: Context, file: string, name: string | undefined, flags: VerifyFlags): AuditFinding {
  const exported = readExport(textOf(context, file));
  const [first] = exported.links;
  const chain = name ? chainOf(kindOf(flags), name) : (exported.heads[0]?.head.chain ?? (first && chainIn(first.text)));
  if (!chain) throw usageError(`${file} is no exported audit: it holds neither head nor entry that names its chain.`);
  return verifyAudit(chain, exported, flags.publicKey ? readPublicKey(textOf(context, flags.publicKey)) : undefined);
}

async function kept(context: Context, name: string, flags: Flags): Promise<KeptChain> {
  const kind = kindOf(flags);
  const chain = await readChain(await context.session(), kind, name);
  if (chain.headless) context.out.warn(chain.headless);
  if (chain.links.length > 0 || chain.heads.length > 0) return chain;
  throw notFound(`There is no audit of the ${kind} '${name}'.`, 'An entry comes some seconds after its change.');
}

const chainIn = (text: string): string | undefined => /"chain":"([^"]+)"/.exec(text)?.[1];

/** Version, release, alias, run and what became of them, as far as the entry names them. */
function about({ subject }: RecordedChange): string {
  const { version, alias, releaseId, runId, uploadId, status, reason } = subject;
  const parts = [
    version === undefined ? undefined : `version ${version}`,
    alias,
    releaseId ?? runId ?? uploadId,
    status,
  ];
  const text = parts.filter((part) => part !== undefined).join(' ');
  return reason ? `${text}${text ? ': ' : ''}${String(reason).slice(0, 60)}` : text;
}

function textOf(context: Context, file: string): string {
  try {
    return readFileSync(resolve(context.host.cwd, file), 'utf8');
  } catch (error) {
    throw usageError(`${file} can't be read: ${(error as Error).message}.`);
  }
}
