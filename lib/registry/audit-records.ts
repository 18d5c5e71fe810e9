/** What the audit trail's construct, its writer and its readers agree on. Types and constants only. */

/** Environment variables of handlers that open the audit's table. */
export const AUDIT_ENV = { table: 'AUDIT_TABLE' } as const;

/** Folder of the evidence bucket in which the heads of all chains lie, without its closing slash. */
export const AUDIT_FOLDER = 'audit';

/** Entries of a chain in their order, as the API answers them; `next` is absent on the last page. */
export interface AuditPage {
  /** Canonical text of each entry, and the hash that is kept with it. */
  readonly items: readonly { readonly text: string; readonly hash: string }[];
  readonly next?: string;
}
