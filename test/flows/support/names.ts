/** Name of the platform that the flows share, and the first part of its stacks' names. */
export const PLATFORM = 'flows';
/** Name of the platform that is deployed to be read back only. */
export const WIDE = 'wide';
/** The model on which faults are played. */
export const SWIFT = 'swift';
