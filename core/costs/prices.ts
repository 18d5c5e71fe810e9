import { nearest } from '../nearest';

/**
 * The date that the prices below stand for: on-demand, US East (N. Virginia). AWS's own list is at
 * https://aws.amazon.com/sagemaker/ai/pricing; where it differs, or in another region, override them.
 */
export const PRICES_AS_OF = '2025-06-01';

/** USD a GB and month of the volume of a job or endpoint (general purpose SSD). */
export const VOLUME_USD_PER_GB_MONTH = 0.14;

/** AWS's month for prices by the month. */
export const HOURS_PER_MONTH = 730;

/** USD an instance and hour for training, processing, batch transform and real-time hosting, which cost the same. */
export const INSTANCE_USD_PER_HOUR: Readonly<Record<string, number>> = {
  ...sizes('ml.t3', { medium: 0.05, large: 0.1, xlarge: 0.2, '2xlarge': 0.399 }),
  ...sizes('ml.m5', {
    large: 0.115,
    xlarge: 0.23,
    '2xlarge': 0.461,
    '4xlarge': 0.922,
    '12xlarge': 2.765,
    '24xlarge': 5.53,
  }),
  ...sizes('ml.m6i', { large: 0.115, xlarge: 0.23, '2xlarge': 0.461, '4xlarge': 0.922, '8xlarge': 1.843 }),
  ...sizes('ml.m6i', { '12xlarge': 2.765, '16xlarge': 3.686, '24xlarge': 5.53, '32xlarge': 7.373 }),
  ...sizes('ml.m7i', { large: 0.121, xlarge: 0.242, '2xlarge': 0.484, '4xlarge': 0.968, '8xlarge': 1.935 }),
  ...sizes('ml.m7i', { '12xlarge': 2.903, '16xlarge': 3.871, '24xlarge': 5.806, '48xlarge': 11.612 }),
  ...sizes('ml.c5', {
    large: 0.102,
    xlarge: 0.204,
    '2xlarge': 0.408,
    '4xlarge': 0.816,
    '9xlarge': 1.836,
    '18xlarge': 3.672,
  }),
  ...sizes('ml.c6i', { large: 0.102, xlarge: 0.204, '2xlarge': 0.408, '4xlarge': 0.816, '8xlarge': 1.632 }),
  ...sizes('ml.c6i', { '12xlarge': 2.448, '16xlarge': 3.264, '24xlarge': 4.896, '32xlarge': 6.528 }),
  ...sizes('ml.g4dn', {
    xlarge: 0.7364,
    '2xlarge': 0.94,
    '4xlarge': 1.505,
    '8xlarge': 2.72,
    '12xlarge': 4.89,
    '16xlarge': 5.44,
  }),
  ...sizes('ml.g5', { xlarge: 1.408, '2xlarge': 1.515, '4xlarge': 2.03, '8xlarge': 3.06, '12xlarge': 7.09 }),
  ...sizes('ml.g5', { '16xlarge': 5.12, '24xlarge': 10.18, '48xlarge': 20.36 }),
  ...sizes('ml.p3', { '2xlarge': 3.825, '8xlarge': 14.688, '16xlarge': 28.152 }),
};

/** Prices of the user's own, USD an hour by instance type; they go before the table. */
export type PriceOverrides = Readonly<Record<string, number>>;

/** Why a cost cannot be projected. */
export interface CostRefusal {
  readonly code: 'bad-price' | 'bad-quantity' | 'unknown-instance-type';
  readonly message: string;
  /** Instance types that may have been meant. */
  readonly close?: readonly string[];
}

/** The price of an instance type in USD an hour, or why there is none. */
export function priceOf(instanceType: string, overrides: PriceOverrides = {}): number | CostRefusal {
  const table = Object.hasOwn(overrides, instanceType) ? overrides : INSTANCE_USD_PER_HOUR;
  const price = Object.hasOwn(table, instanceType) ? table[instanceType] : undefined;
  if (price === undefined) return unknown(instanceType, overrides);
  if (Number.isFinite(price) && price >= 0) return price;
  const message = `The price given for ${instanceType} is ${price}; give USD an hour, 0 or more.`;
  return { code: 'bad-price', message };
}

function unknown(instanceType: string, overrides: PriceOverrides): CostRefusal {
  const close = nearest(instanceType, [...Object.keys(INSTANCE_USD_PER_HOUR), ...Object.keys(overrides)]);
  const advice = close.length > 0 ? `Did you mean ${close.join(' or ')}? Otherwise give` : 'Give';
  const message = `The price table of ${PRICES_AS_OF} has no instance type "${instanceType}". ${advice} its price in USD an hour under prices.`;
  return { code: 'unknown-instance-type', message, close };
}

function sizes(family: string, prices: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(prices).map(([size, price]) => [`${family}.${size}`, price]));
}
