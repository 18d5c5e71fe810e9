import { type Head, linkOf } from '../../core/audit';
import { log } from '../shared/log';
import type { AuditTable } from './audit-table';
import type { Registry } from './store/types';

const PAGE = 100;
/** A chain that is behind for longer has lost its event. */
const OVERDUE_MS = 2 * 60_000;

export interface Auditing {
  readonly registry: Pick<Registry, 'chainedChanges' | 'chainsBehind' | 'markAudited'>;
  readonly table: Pick<AuditTable, 'last' | 'append'>;
  /** Keeps a head where nobody can change it; nothing happens where there is one. */
  readonly keepHead: (head: Head) => Promise<void>;
}

/**
 * Appends what a chain's audit lacks, then keeps its head. It goes by what the registry recorded, so that it may be called
 * twice, late, or by two at once, and begins again wherever one before it died.
 * @returns the number of the chain's last entry
 * @throws Error where a change is gone: the audit ends before it, and never goes on over a gap.
 */
export async function appendAudit(chain: string, auditing: Auditing): Promise<number> {
  const { registry, table, keepHead } = auditing;
  for (;;) {
    const sequence = await appendPage(chain, auditing);
    if (sequence === 0) return 0;
    const { hash } = await table.last(chain);
    await keepHead({ chain, sequence, hash });
    if (await registry.markAudited(chain, sequence)) return sequence;
  }
}

/** @returns the last number, once the registry has no more */
async function appendPage(chain: string, { registry, table }: Auditing): Promise<number> {
  let last = await table.last(chain);
  for (;;) {
    const changes = await registry.chainedChanges(chain, last.sequence, PAGE);
    if (changes.length === 0) return last.sequence;
    for (const change of changes) {
      if (change.sequence !== last.sequence + 1) {
        throw new Error(`${chain} has no change ${last.sequence + 1}, and has ${change.sequence}: one was removed.`);
      }
      const link = linkOf(change, last.hash);
      const isFirst = await table.append(chain, change.sequence, link);
      if (!isFirst) break;
      last = { sequence: change.sequence, hash: link.hash };
    }
    // Where another was first, its entries are what the next ones follow.
    last = await table.last(chain);
  }
}

/** Appends to every chain that is behind. @throws Error with all that went wrong, once the others are done. */
export async function sweepAudits(now: Date, auditing: Auditing): Promise<{ readonly appended: number }> {
  const chains = await auditing.registry.chainsBehind(new Date(now.getTime() - OVERDUE_MS), PAGE);
  const failed: string[] = [];
  for (const chain of chains) {
    await appendAudit(chain, auditing).catch((error: Error) => failed.push(error.message));
  }
  if (failed.length > 0) throw new Error(`${failed.length} of ${chains.length} audits are behind: ${failed.join(' ')}`);
  if (chains.length > 0) log.warn('Audits whose events were lost were brought up to date', { chains: chains.length });
  return { appended: chains.length };
}
