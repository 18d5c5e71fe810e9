import { chiSquaredSurvival } from './special';

/** What two lists of counts over the same bins or categories differ by. */
export interface ShareDistances {
  readonly psi: number;
  /** The distance, which is the square root of the divergence, with natural logarithms: scipy's jensenshannon. */
  readonly jensen_shannon: number;
  readonly hellinger: number;
  readonly chi_squared: number;
  readonly chi_squared_p: number;
  readonly chi_squared_degrees: number;
  /** Cramér's V: the effect size of chi-squared, from 0 to 1. */
  readonly cramers_v: number;
  /** The largest difference of a share. */
  readonly l_infinity: number;
  readonly total_variation: number;
}

/** In place of the share of an empty bin in PSI. */
const EMPTY = 1e-4;

/**
 * PSI: Siddiqi, Credit Risk Scorecards (2006), an empty share counting as 1e-4. Jensen–Shannon: Lin, Divergence Measures
 * Based on the Shannon Entropy (1991). Hellinger: sqrt(1 − Σ√(pq)). Chi-squared: Pearson's test of homogeneity on the two
 * rows of counts. Cramér's V: sqrt(χ²/N), the table having two rows.
 */
export function shareDistances(reference: ArrayLike<number>, current: ArrayLike<number>): ShareDistances {
  const [n, m] = [total(reference), total(current)];
  let [psi, divergence, affinity, chi, used, largest, variation] = [0, 0, 0, 0, 0, 0, 0];
  for (let bin = 0; bin < reference.length; bin++) {
    const [a, b] = [reference[bin]!, current[bin]!];
    if (a + b === 0) continue;
    used += 1;
    const [p, q] = [a / n, b / m];
    const [pp, qq] = [p || EMPTY, q || EMPTY];
    psi += (qq - pp) * Math.log(qq / pp);
    const middle = (p + q) / 2;
    divergence += (plogp(p, middle) + plogp(q, middle)) / 2;
    affinity += Math.sqrt(p * q);
    chi += (b * n - a * m) ** 2 / (a + b);
    largest = Math.max(largest, Math.abs(p - q));
    variation += Math.abs(p - q) / 2;
  }
  const statistic = chi / (n * m);
  const degrees = Math.max(used - 1, 0);
  return {
    psi,
    jensen_shannon: Math.sqrt(Math.max(0, divergence)),
    hellinger: Math.sqrt(Math.max(0, 1 - affinity)),
    chi_squared: statistic,
    chi_squared_p: degrees > 0 ? chiSquaredSurvival(statistic, degrees) : 1,
    chi_squared_degrees: degrees,
    cramers_v: Math.sqrt(statistic / (n + m)),
    l_infinity: largest,
    total_variation: variation,
  };
}

const plogp = (p: number, q: number): number => (p > 0 ? p * Math.log(p / q) : 0);

function total(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let bin = 0; bin < counts.length; bin++) sum += counts[bin]!;
  return sum;
}
