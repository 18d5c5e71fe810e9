/** Name of the platform that the flows share, and the first part of its stacks' names; on AWS another each time. */
export const PLATFORM = process.env.MLOPS_TEST_PLATFORM ?? 'flows';
/** Name of the platform that is deployed to be read back only. */
export const WIDE = 'wide';
/** The model on which faults are played. */
export const SWIFT = 'swift';
/** The model that is rescued from faults that are no matter of chance. */
export const FRAIL = 'frail';
/** Role of a person who decides on releases. */
export const RISK_OFFICER = `${PLATFORM}-risk-officer`;
