import { PRICES_AS_OF, priceOf } from '../../core/costs';
import { formatUsd } from '../../core/report';
import type { OptIn } from './opt-in';

/** What one file of flows starts, counted from its tests and rounded up. */
interface FlowPlan {
  readonly file: string;
  readonly shows: string;
  readonly model: string;
  readonly runs: number;
  /** Processing, training and transform jobs of all its runs. */
  readonly jobs: number;
}

export const FLOWS: readonly FlowPlan[] = [
  {
    file: 'lifecycle',
    shows: 'data to endpoint, repeated events, a worse version',
    model: 'diagnosis',
    runs: 2,
    jobs: 7,
  },
  { file: 'approval', shows: 'a person approves, and rejects', model: 'careful', runs: 2, jobs: 7 },
  { file: 'bad-input', shows: 'bad uploads, scripts and models', model: 'tiny', runs: 7, jobs: 22 },
  { file: 'stopping', shows: 'stopped and failed runs, and their resume', model: 'patient', runs: 5, jobs: 18 },
];

const INSTANCE = 'ml.m5.large';
/** Billed minutes of a job: most run for one, and start for some. */
const JOB_MINUTES = 6;
/** From the first release to the clean-up. */
const ENDPOINT_HOURS = 4;
/** Keys, requests, logs, state transitions and storage of some hours. */
const OTHERS_USD = 2;

export interface Plan {
  readonly platform: string;
  readonly stacks: readonly string[];
  readonly usd: number;
  readonly text: string;
}

/** What would be made, what it may cost at most, and how it goes away. */
export function planOf(optIn: OptIn, platform: string): Plan {
  const hourly = priceOf(INSTANCE);
  if (typeof hourly !== 'number') throw new Error(`There is no price of ${INSTANCE}.`);
  const jobs = FLOWS.reduce((sum, flow) => sum + flow.jobs, 0);
  const jobsUsd = (jobs * JOB_MINUTES * hourly) / 60;
  const endpointsUsd = FLOWS.length * ENDPOINT_HOURS * hourly;
  const usd = jobsUsd + endpointsUsd + OTHERS_USD;
  // All of the flows' app, although two of its models have no flow of their own here.
  const stacks = [
    platform,
    ...['diagnosis', 'tiny', 'careful', 'patient', 'hasty'].map((model) => `${platform}-${model}`),
  ];
  const who = `account ${optIn.accountId}, region ${optIn.region}${optIn.profile ? `, profile ${optIn.profile}` : ''}`;
  const text = [
    `On AWS, ${who}:`,
    ...FLOWS.map(({ file, runs, jobs: count, shows }) => `  ${file}: ${runs} runs, ${count} jobs (${shows})`),
    `Stacks, beside CDK's bootstrap stack: ${stacks.join(', ')}`,
    `Estimate at prices of us-east-1 of ${PRICES_AS_OF}, upper bound:`,
    `  ${jobs} jobs × ${JOB_MINUTES} min × ${INSTANCE} = ${formatUsd(jobsUsd)}`,
    `  ${FLOWS.length} endpoints × ${ENDPOINT_HOURS} h × ${INSTANCE} = ${formatUsd(endpointsUsd)}`,
    `  everything else ${formatUsd(OTHERS_USD)}`,
    `  together ${formatUsd(usd)}; --max-usd allows ${formatUsd(optIn.maxUsd)}`,
    'It takes about 3 hours, 2 customer-managed keys stay scheduled for deletion for a while, and afterwards all stacks,',
    `endpoints, endpoint configs, models and log groups named ${platform}… are deleted, whether the flows pass or not.`,
  ].join('\n');
  return { platform, stacks, usd, text };
}
