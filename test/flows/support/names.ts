/** Name of the platform that the flows share, and the first part of its stacks' names. */
export const PLATFORM = 'flows';
