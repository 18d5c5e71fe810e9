const CHANGING: ReadonlySet<string> = new Set(['Creating', 'Updating', 'SystemUpdating', 'RollingBack']);

/** Whether an endpoint is on its way to another status, which it reaches by itself. */
export const isChanging = (status: string): boolean => CHANGING.has(status);
