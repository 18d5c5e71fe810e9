/**
 * Whether something recorded at `isoTime` has waited for at least `ms`. A time that lies as far ahead is taken for overdue
 * too: only a wrong clock wrote it, and waiting until it has come would leave the work undone for as long.
 */
export const isOverdue = (isoTime: string, now: Date, ms: number): boolean =>
  Math.abs(now.getTime() - Date.parse(isoTime)) >= ms;
