import type { Provoked, Reviewed } from '../../scripts/permissions/review';

const docs = 'https://docs.aws.amazon.com';

/** Grants that no test in the sandbox can exercise, since only AWS itself asks for them. Take one away, and a test fails. */
export const ONLY_ON_AWS: readonly Reviewed[] = [
  {
    roles: /Role$/,
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    why: 'Lambda and Step Functions send traces as the role; the sandbox traces nothing.',
    page: `${docs}/lambda/latest/dg/services-xray.html`,
  },
];

/** Refusals that tests provoke on purpose. */
export const PROVOKED: readonly Provoked[] = [];
