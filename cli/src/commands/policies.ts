import type { Command } from 'commander';
import type { DeployedPolicy } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { fields, shortDigest, table, time } from '../format';
import { name } from '../options';
import type { Action } from '../program';

/** `models policies`. */
export function registerPolicies(models: Command, action: Action): void {
  models
    .command('policies')
    .description("the policies by which a model's versions are judged, and since when")
    .argument('<model>', 'name of the model', name)
    .action(action(policies));
}

async function policies(context: Context, model: string): Promise<void> {
  const record = await (await (await context.session()).registry()).policies(model);
  context.out.result(record, () => {
    const facts = fields([
      ['model', record.model],
      ['digest', record.policiesDigest],
      ['since', `${time(record.changedAt)} UTC`],
      ['deployed by', record.changedBy.id],
    ]);
    const rows = table(record.policies, [
      { title: 'POLICY', value: ({ policy }) => policy },
      { title: 'DIGEST', value: ({ policyDigest }) => shortDigest(policyDigest) },
      { title: 'WORDS', value: wordsOf },
    ]);
    return `${facts}\n\n${record.policies.length === 0 ? 'No policy: every version passes.' : rows}`;
  });
}

const wordsOf = ({ spec: { id: _, ...words } }: DeployedPolicy): string =>
  Object.entries(words)
    .map(([word, value]) => `${word} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');
