/*
 * vCPUs and memory of SageMaker's instance types, as AWS's pages of EC2 instance types gave them in November 2026.
 * A size says the number of vCPUs; a family how many GiB there are to each.
 */
const VCPUS: Record<string, number> = { medium: 2, large: 2, xlarge: 4 };
const GIB_PER_VCPU: Record<string, number> = {
  t2: 4,
  t3: 4,
  m4: 4,
  m5: 4,
  m5d: 4,
  m6i: 4,
  m6id: 4,
  m6g: 4,
  m6gd: 4,
  m7i: 4,
  m7g: 4,
  m8g: 4,
  c4: 1.875,
  c5: 2,
  c5d: 2,
  c5n: 2.625,
  c6i: 2,
  c6id: 2,
  c6g: 2,
  c6gd: 2,
  c7i: 2,
  c7g: 2,
  c8g: 2,
  r5: 8,
  r5d: 8,
  r6i: 8,
  r6id: 8,
  r6g: 8,
  r6gd: 8,
  r7i: 8,
  r7g: 8,
  r8g: 8,
  g4dn: 4,
  g5: 4,
  g6: 4,
  p2: 15.25,
  p3: 7.625,
  p3dn: 8,
  p4d: 12,
  p4de: 12,
  p5: 10.67,
  inf1: 2,
  inf2: 4,
  trn1: 4,
};
/** Where the rule does not hold: vCPUs and GiB. */
const EXCEPTIONS: Record<string, [number, number]> = {
  't2.medium': [2, 4],
  't3.medium': [2, 4],
  'c4.8xlarge': [36, 60],
  'm4.10xlarge': [40, 160],
  'p2.xlarge': [4, 61],
  'p2.8xlarge': [32, 488],
  'p2.16xlarge': [64, 732],
  'p3.2xlarge': [8, 61],
};

export interface InstanceSize {
  readonly vCpus: number;
  readonly memoryBytes: number;
}

/** The size of an `ml.…` type, or undefined where the table does not have it. */
export function instanceSize(type: string): InstanceSize | undefined {
  const [, family = '', size = ''] = /^ml\.([^.]+)\.(.+)$/.exec(type) ?? [];
  const [vCpus, gib] = EXCEPTIONS[`${family}.${size}`] ?? byRule(family, size);
  return vCpus && gib ? { vCpus, memoryBytes: gib * 2 ** 30 } : undefined;
}

function byRule(family: string, size: string): [number?, number?] {
  const vCpus = VCPUS[size] ?? 4 * Number(/^(\d+)xlarge$/.exec(size)?.[1] ?? 0);
  const ratio = GIB_PER_VCPU[family];
  return vCpus && ratio ? [vCpus, vCpus * ratio] : [];
}
