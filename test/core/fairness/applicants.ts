import type { BiasData } from '../../../core/fairness/analysis';
import { codeFacet, parseFacet } from '../../../core/fairness/facets';
import { flipTest } from '../../../core/fairness/flip-test';

/** 160 made-up applicants, by arithmetic, so that any program can make the same ones. */
export function applicants(): { readonly data: BiasData; readonly csv: string } {
  const rows = Array.from({ length: 160 }, (_, index) => {
    const hash = (index * 7919 + 13) % 1009;
    const sex = hash % 10 < 4 ? 'f' : hash % 10 < 9 ? 'm' : 'x';
    const label = Number((hash * 17) % 100 < (sex === 'm' ? 50 : 30));
    return {
      sex,
      age: 18 + ((hash * 31) % 62),
      branch: 'abc'[(hash >> 3) % 3]!,
      label,
      prediction: (hash * 29) % 10 < 7 ? label : Number((hash * 37) % 10 < 4),
      income: ((hash * 53) % 97) / 97,
      savings: ((hash * 61) % 89) / 89,
    };
  });
  const column = (name: string) => rows.map((row) => String(row[name as keyof (typeof rows)[0]]));
  const features = [Float64Array.from(rows, ({ income }) => income), Float64Array.from(rows, ({ savings }) => savings)];
  const data = {
    labels: Uint8Array.from(rows, ({ label }) => label),
    predictions: Uint8Array.from(rows, ({ prediction }) => prediction),
    facets: [codeFacet(parseFacet('sex'), column), codeFacet(parseFacet('age>40'), column)],
    condition: { codes: Int32Array.from(rows, ({ branch }) => 'abc'.indexOf(branch)), size: 3 },
    flipTest: (isInGroup: Uint8Array, predictions: Uint8Array) => flipTest(features, isInGroup, predictions),
  };
  const csv = [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))].map((row) => `${row.join(',')}\n`);
  return { data, csv: csv.join('') };
}
