import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  type MetricDatum,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { printed } from './support/plugin';

const cloudWatch = new CloudWatchClient(clientConfig(inject('sandbox')));
const Namespace = 'Math';
// Four minutes of an hour ago.
const first = Math.floor(Date.now() / 60_000 - 60) * 60_000;
const minute = (at: number) => new Date(first + at * 60_000);
const StartTime = minute(0);
const EndTime = minute(4);

beforeAll(async () => {
  const values = (MetricName: string, series: (number | undefined)[]): MetricDatum[] =>
    series.flatMap((Value, at) => (Value === undefined ? [] : [{ MetricName, Value, Timestamp: minute(at) }]));
  const samples = Array.from({ length: 10 }, (_, at) => at + 1);
  await cloudWatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: [
        ...values('a', [1, undefined, 3, 6]),
        ...values('b', [2, 2, 0, 4]),
        { MetricName: 'latency', Timestamp: minute(0), Values: samples, Counts: samples.map(() => 10) },
        { MetricName: 'a', Value: 100, Timestamp: minute(0), Dimensions: [{ Name: 'by', Value: 'x' }] },
      ],
    }),
  );
});

const stat = (Id: string, Stat = 'Sum', MetricName = Id) => ({
  Id,
  MetricStat: { Metric: { Namespace, MetricName }, Period: 60, Stat },
  ReturnData: false,
});

async function evaluated(Expression: string) {
  const { MetricDataResults } = await cloudWatch.send(
    new GetMetricDataCommand({
      MetricDataQueries: [stat('a'), stat('b'), stat('empty'), { Id: 'e', Expression }],
      StartTime,
      EndTime,
      ScanBy: 'TimestampAscending',
    }),
  );
  return MetricDataResults!.map(({ Timestamps, Values }) => {
    const at = (index: number) => Timestamps!.findIndex((stamp) => +stamp === +minute(index));
    return [0, 1, 2, 3].map((index) => Values![at(index)] ?? null);
  });
}

describe('metric math', () => {
  const _ = null;
  it.concurrent.each<[string, (number | null)[]]>([
    ['a + b', [3, _, 3, 10]],
    ['a / b', [0.5, _, _, 1.5]],
    ['-a * 2 ^ 2', [-4, _, -12, -24]],
    ['FILL(a, 0) + FILL(empty, 1)', [2, 1, 4, 7]],
    ['FILL(a, REPEAT)', [1, 1, 3, 6]],
    ['FILL(a, LINEAR)', [1, 2, 3, 6]],
    ['FILL(a, b)', [1, 2, 3, 6]],
    ['DIFF(b)', [_, 0, -2, 4]],
    ['RATE(b) * PERIOD(b)', [_, 0, -2, 4]],
    ['RUNNING_SUM(b)', [2, 4, 4, 8]],
    ['SUM([a, b])', [3, 2, 3, 10]],
    ['SUM(METRICS("b"))', [2, 2, 0, 4]],
    ['AVG(b) + 0 * b', [2, 2, 2, 2]],
    ['MAX(METRICS()) - MIN([a, b])', [1, 0, 3, 2]],
    ['STDDEV([b, b])', [0, 0, 0, 0]],
    ['IF(a > 2 && b >= 4, a, -1)', [-1, _, -1, 6]],
    ['IF(b == 0 OR a == 1, 1, 0)', [1, _, 1, 0]],
    ['CEIL(a / 4) + FLOOR(b / 3) + ABS(-1)', [2, _, 2, 4]],
    ['DATAPOINT_COUNT(a) * TIME_SERIES(1)', [3, 3, 3, 3]],
    ['METRIC_COUNT(REMOVE_EMPTY(METRICS())) * TIME_SERIES(1)', [2, 2, 2, 2]],
    ['FIRST(SORT([a, b], MAX, DESC, 1))', [1, _, 3, 6]],
    ['(MINUTE(b) >= 0) AND (EPOCH(b) > 0)', [1, 1, 1, 1]],
  ])('%s', async (expression, series) => {
    expect(await evaluated(expression)).toEqual([series]);
  });

  it.concurrent('gives several series for an array', async () => {
    expect(await evaluated('[a, b] * 2')).toEqual([
      [2, null, 6, 12],
      [4, 4, 0, 8],
    ]);
  });

  it.concurrent.each(['SEARCH(\'{Math} a\', "Sum", 60)', 'ANOMALY_DETECTION_BAND(a)', 'SERVICE_QUOTA(a)', 'NO(a)'])(
    'refuses %s by name',
    async (expression) => {
      const name = expression.split('(')[0];
      await expect(evaluated(expression)).rejects.toThrow(`${name}() is not supported in metric math here`);
    },
  );
});

describe('a statistic', () => {
  it('is any that CloudWatch has, newest first', async () => {
    const names = [
      'p50',
      'p99',
      'p100',
      'tm90',
      'tm(10%:90%)',
      'TM(2:4)',
      'tc(2:4)',
      'ts(2:4)',
      'pr(:3)',
      'wm80',
      'IQM',
      'SampleCount',
    ];
    const MetricDataQueries = names.map((name, at) => ({ ...stat(`q${at}`, name, 'latency'), ReturnData: true }));
    const b = { ...stat('b'), ReturnData: true };
    const { MetricDataResults } = await cloudWatch.send(
      new GetMetricDataCommand({ MetricDataQueries: [...MetricDataQueries, b], StartTime, EndTime }),
    );
    const found = Object.fromEntries(MetricDataResults!.map(({ Values }, at) => [names[at] ?? 'b', Values]));
    expect(found).toMatchObject({ p50: [5.5], p100: [10], tm90: [5], 'tm(10%:90%)': [5.5], SampleCount: [100] });
    expect(found).toMatchObject({ 'TM(2:4)': [3.5], 'tc(2:4)': [20], 'ts(2:4)': [70], 'pr(:3)': [30], IQM: [5.5] });
    expect(found.p99![0]).toBeCloseTo(10);
    expect(found.b).toEqual([4, 0, 2, 2]);
  });

  it('without dimensions is of the metric that has none', async () => {
    const { Datapoints } = await cloudWatch.send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName: 'a',
        StartTime,
        EndTime,
        Period: 300,
        Statistics: ['Sum'],
        ExtendedStatistics: ['p50'],
      }),
    );
    const total = Datapoints!.reduce((sum, point) => sum + point.Sum!, 0);
    expect(total).toBe(10);
    expect(Datapoints![0]!.ExtendedStatistics).toHaveProperty('p50');
  });
});

describe('missing data', () => {
  // AWS's own table: the evaluation range, oldest first (X breaches, 0 does not, - is missing), then what the alarm
  // becomes where missing data is missing, ignored, breaching, not breaching. R: it keeps its state.
  const TABLE = [
    [3, 3, '0-X-X', 'OK OK OK OK'],
    [3, 3, '0----', 'OK OK OK OK'],
    [3, 3, '-----', 'INSUFFICIENT_DATA R ALARM OK'],
    [3, 3, '0XX-X', 'ALARM ALARM ALARM ALARM'],
    [3, 3, '--X--', 'ALARM R ALARM OK'],
    [2, 3, '0-X-X', 'ALARM ALARM ALARM ALARM'],
    [2, 3, '00X0X', 'ALARM ALARM ALARM ALARM'],
    [2, 3, '0-X--', 'OK OK ALARM OK'],
    [2, 3, '----0', 'OK OK ALARM OK'],
    [2, 3, '---X-', 'ALARM R ALARM OK'],
  ] as const;

  it('is judged as in the documented table, and a fresh breach alone is no alarm yet', async () => {
    const program = `
import json
from plugin.alarm_state import verdict
def row(needed, periods, shown):
    points = [{"X": True, "0": False, "-": None}[each] for each in shown]
    return " ".join(verdict(points, periods, needed, m) or "R" for m in ("missing", "ignore", "breaching", "notBreaching"))
print(json.dumps([row(*each) for each in ${JSON.stringify(TABLE.map((row) => row.slice(0, 3)))}] + [row(3, 3, "----X")]))`;
    const expected = TABLE.map((row) => row[3]);
    expect(JSON.parse(await printed(program))).toEqual([...expected, 'R R ALARM OK']);
  });
});
