/** Name of the matrix' own platform. */
export const MATRIX_PLATFORM = 'faults';
/** The model whose candidates are released by themselves, and wait for a person. */
export const CANDID = 'candid';

/** Models on which scenarios run side by side. */
export const slotNames = (count: number): string[] => Array.from({ length: count }, (_, slot) => `swift${slot + 1}`);
