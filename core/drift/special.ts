/** ln Γ(x) for x > 0, to 15 digits (Lanczos's approximation with g 7 and nine terms). */
function logGamma(x: number): number {
  const terms = [
    0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const z = x - 1;
  const sum = terms.reduce((total, term, at) => total + (at === 0 ? term : term / (z + at)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(z + 7.5) - (z + 7.5) + Math.log(sum);
}

/** P(X ≥ x) of the chi-squared distribution (Abramowitz and Stegun 26.4.1; series 6.5.29, continued fraction 6.5.31). */
export function chiSquaredSurvival(x: number, degrees: number): number {
  if (!(x > 0)) return 1;
  const [a, half] = [degrees / 2, x / 2];
  const scale = Math.exp(a * Math.log(half) - half - logGamma(a));
  if (half < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; n < 10_000 && term > sum * 1e-16; n++) {
      term *= half / (a + n);
      sum += term;
    }
    return Math.max(0, 1 - sum * scale);
  }
  // Lentz's method.
  let [b, c, d] = [half + 1 - a, 1e300, 1 / (half + 1 - a)];
  let fraction = d;
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return Math.min(1, scale * fraction);
}

/**
 * P(D ≥ d) of the two-sided test of Kolmogorov and Smirnov: the limiting distribution at an effective size n·m/(n+m), with
 * Stephens's correction for small ones (Use of the Kolmogorov-Smirnov … Statistics Without Extensive Tables, JRSS B, 1970).
 */
export function ksSurvival(d: number, n: number, m: number): number {
  const root = Math.sqrt((n * m) / (n + m));
  const lambda = (root + 0.12 + 0.11 / root) * d;
  if (lambda < 0.2) return 1;
  if (lambda < 1.18) {
    // The other series converges where this one does not.
    const y = Math.exp(-(Math.PI ** 2) / (8 * lambda * lambda));
    return Math.max(0, 1 - (Math.sqrt(2 * Math.PI) / lambda) * (y + y ** 9 + y ** 25 + y ** 49));
  }
  const x = Math.exp(-2 * lambda * lambda);
  return Math.max(0, Math.min(1, 2 * (x - x ** 4 + x ** 9 - x ** 16)));
}

/**
 * Critical factor of Deequ's robust distance: c(α) at its α of 0.003, by which noise of the sizes is taken off
 * (amazon/deequ, analyzers/Distance.scala).
 */
export const robustFactor = (alpha = 0.003): number => Math.sqrt(-Math.log(alpha / 2) * 0.5);
