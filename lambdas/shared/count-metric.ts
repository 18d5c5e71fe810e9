/** A count as CloudWatch takes it out of a log line (embedded metric format): the fields to log it with. */
export const countMetric = (
  namespace: string,
  name: string,
  count: number,
  dimensions: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> => ({
  ...dimensions,
  [name]: count,
  _aws: {
    Timestamp: Date.now(),
    CloudWatchMetrics: [
      { Namespace: namespace, Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: name, Unit: 'Count' }] },
    ],
  },
});
