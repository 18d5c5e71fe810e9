/** What happens to a group, by the metrics that are rates; `lead` where the metric takes the group's rate from the others'. */
const RATES: Readonly<Record<string, { readonly what: string; readonly lead: boolean }>> = {
  DPL: { what: 'has the positive label', lead: true },
  DPPL: { what: 'gets the positive answer', lead: true },
  AD: { what: 'gets the right answer', lead: true },
  RD: { what: 'gets the positive answer where that is right', lead: true },
  SD: { what: 'gets the negative answer where that is right', lead: false },
  DAR: { what: 'deserves the positive answers that it gets', lead: true },
  DRR: { what: 'deserves the negative answers that it gets', lead: false },
};

/** What a metric's value means for the group, for a person who is no engineer; empty where it has no such words. */
export function inWords(metric: string, value: number): string {
  if (!Number.isFinite(value)) return '';
  if (metric === 'DI')
    return ` That is: the group gets the positive answer ${Number(value.toFixed(2))} times as often as all others.`;
  const rate = RATES[metric];
  if (!rate) return '';
  const points = Number((Math.abs(value) * 100).toFixed(1));
  if (points === 0) return ` That is: the group ${rate.what} as often as all others.`;
  const less = value > 0 === rate.lead;
  return ` That is: the group ${rate.what} ${points} percentage points ${less ? 'less' : 'more'} often than all others.`;
}
