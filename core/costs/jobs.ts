import { formatUsd } from '../report';
import { type CostRefusal, HOURS_PER_MONTH, type PriceOverrides, priceOf, VOLUME_USD_PER_GB_MONTH } from './prices';

/** A job as its cost sees it. */
export interface JobQuantities {
  /** What the line is called, for example `training`. Default: the instance type. */
  readonly what?: string;
  readonly instanceType: string;
  readonly instanceCount: number;
  /** GB of volume for each instance. Default 0. */
  readonly volumeGb?: number;
}

export interface JobLimits extends JobQuantities {
  /** After so many seconds SageMaker stops the job: the most that is billed. */
  readonly maxRuntimeSeconds: number;
}

export interface JobUsage extends JobQuantities {
  /** Seconds that SageMaker bills for each instance; for a spot job what is left after the discount. */
  readonly billableSeconds: number;
}

export interface CostLine {
  readonly what: string;
  readonly usd: number;
  /** How the amount comes about. */
  readonly formula: string;
}

export type CostProjection =
  | { readonly ok: true; readonly usd: number; readonly lines: readonly CostLine[] }
  | { readonly ok: false; readonly refusals: readonly CostRefusal[]; readonly message: string };

/** The most that one job can cost: all its instances for its whole maximum run time, at the on-demand price, spot or not. */
export function projectJobCost(job: JobLimits, overrides?: PriceOverrides): CostProjection {
  return costOf([{ ...job, billableSeconds: job.maxRuntimeSeconds }], overrides);
}

/** The most that the jobs of one run can cost together. */
export function projectRunCost(jobs: readonly JobLimits[], overrides?: PriceOverrides): CostProjection {
  return costOf(
    jobs.map((job) => ({ ...job, billableSeconds: job.maxRuntimeSeconds })),
    overrides,
  );
}

/** What a finished job cost, by the seconds that SageMaker reports. */
export function actualJobCost(job: JobUsage, overrides?: PriceOverrides): CostProjection {
  return costOf([job], overrides);
}

/** Whether a projection stays within a cap, with its numbers. */
export interface BudgetVerdict {
  readonly passed: boolean;
  readonly usd?: number;
  readonly capUsd: number;
  readonly sentence: string;
}

/** A projection that was refused, and a cap that is no amount, fail: what is not known is not spent. */
export function checkBudget(projection: CostProjection, capUsd: number): BudgetVerdict {
  if (!projection.ok) return { passed: false, capUsd, sentence: projection.message };
  const { usd, lines } = projection;
  if (!Number.isFinite(capUsd) || capUsd < 0) {
    return { passed: false, usd, capUsd, sentence: `The cost cap is ${capUsd}; give an amount in USD, 0 or more.` };
  }
  const passed = usd <= capUsd;
  const amount = `The run can cost up to ${formatUsd(usd)}`;
  if (passed) return { passed, usd, capUsd, sentence: `${amount}, within the cap of ${formatUsd(capUsd)}.` };
  const parts = lines.map((line) => `${line.what} ${line.formula}`).join('; ');
  const advice = 'Shorten the maximum run times, choose smaller instances, or raise maxCostUsd.';
  return { passed, usd, capUsd, sentence: `${amount}, above the cap of ${formatUsd(capUsd)}: ${parts}. ${advice}` };
}

function costOf(jobs: readonly JobUsage[], overrides: PriceOverrides = {}): CostProjection {
  const lines: CostLine[] = [];
  const refusals: CostRefusal[] = [];
  for (const job of jobs) {
    const line = lineOf(job, overrides);
    if ('code' in line) refusals.push(line);
    else lines.push(line);
  }
  if (refusals.length > 0) return { ok: false, refusals, message: refusals.map(({ message }) => message).join(' ') };
  return { ok: true, usd: lines.reduce((sum, { usd }) => sum + usd, 0), lines };
}

function lineOf(job: JobUsage, overrides: PriceOverrides): CostLine | CostRefusal {
  const { instanceType, instanceCount, billableSeconds, volumeGb = 0, what = instanceType } = job;
  const quantities = { instanceCount, billableSeconds, volumeGb };
  for (const [name, value] of Object.entries(quantities)) {
    if (Number.isFinite(value) && value >= 0) continue;
    return { code: 'bad-quantity', message: `${what}: ${name} is ${value}; it must be a number, 0 or more.` };
  }
  const price = priceOf(instanceType, overrides);
  if (typeof price !== 'number') return price;
  const hours = billableSeconds / 3600;
  const volume = (volumeGb * VOLUME_USD_PER_GB_MONTH * hours) / HOURS_PER_MONTH;
  const usd = instanceCount * (price * hours + volume);
  const disk = volumeGb > 0 ? ` with ${volumeGb} GB at $${VOLUME_USD_PER_GB_MONTH}/GB-month` : '';
  const formula = `${instanceCount} × ${instanceType} at $${price}/h${disk} for ${billableSeconds} s = ${formatUsd(usd)}`;
  return { what, usd, formula };
}
