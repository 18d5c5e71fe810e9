import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Where the runbooks of alarms are. */
export const RUNBOOKS = 'https://github.com/cdk-mlops/cdk-mlops/blob/main/docs/runbooks';

/** Properties of a SumAlarm. */
export interface SumAlarmProps {
  /** Up to ten metrics, summed. */
  readonly metrics: IMetric[];
  /** The alarm fires when the sum in one period is at least this. @default 1 */
  readonly threshold?: number;
  /** @default 5 minutes */
  readonly period?: Duration;
  /** What it means, in a sentence; the unit belongs into it. */
  readonly meaning: string;
  /** Name of the runbook's page. */
  readonly runbook: string;
  readonly action?: IAlarmAction;
}

/** One alarm over the sum of several counts, so that one cause pages once; its description links the runbook. */
export class SumAlarm extends Construct {
  public readonly alarm: Alarm;

  /** @throws Error when there is no metric, or more than the ten that an alarm's expression takes. */
  constructor(scope: Construct, id: string, props: SumAlarmProps) {
    super(scope, id);
    const count = props.metrics.length;
    if (count < 1 || count > 10) throw new Error(`The alarm '${id}' sums 1 to 10 metrics; received ${count}.`);
    const usingMetrics = Object.fromEntries(props.metrics.map((metric, index) => [`m${index}`, metric]));
    const period = props.period ?? Duration.minutes(5);
    this.alarm = new Alarm(this, 'Alarm', {
      metric: new MathExpression({
        expression: `SUM([${Object.keys(usingMetrics)
          .map((name) => `FILL(${name}, 0)`)
          .join(', ')}])`,
        usingMetrics,
        period,
        label: props.meaning,
      }),
      threshold: props.threshold ?? 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `${props.meaning} Runbook: ${RUNBOOKS}/${props.runbook}.md`,
    });
    if (props.action) this.alarm.addAlarmAction(props.action);
  }
}

/** Properties of PlatformAlarms. */
export interface PlatformAlarmsProps {
  /** Functions of the platform, at most ten. */
  readonly functions: IFunction[];
  /** Those of them for which somebody waits: throttled events are delivered again. At most ten. @default - all */
  readonly awaitedFunctions?: IFunction[];
  /** Dead-letter queues of the platform, at most ten. */
  readonly deadLetterQueues: IQueue[];
  /** Looks at endpoints that serve something else than was released. */
  readonly outOfBand: IMetric;
  readonly action: IAlarmAction;
}

/** What pages for the platform: errors and throttles of its functions, events that nobody could handle, and endpoints of its models that serve what no release put there. */
export class PlatformAlarms extends Construct {
  public readonly errors: SumAlarm;
  public readonly throttles: SumAlarm;
  public readonly deadLetters: SumAlarm;
  public readonly outOfBand: SumAlarm;

  constructor(scope: Construct, id: string, props: PlatformAlarmsProps) {
    super(scope, id);
    const { functions, action } = props;
    this.errors = new SumAlarm(this, 'Errors', {
      metrics: functions.map((fn) => fn.metricErrors()),
      meaning: 'Handlers of the platform failed (count in 5 minutes).',
      runbook: 'handler-errors',
      action,
    });
    this.throttles = new SumAlarm(this, 'Throttles', {
      metrics: (props.awaitedFunctions ?? functions).map((fn) => fn.metricThrottles()),
      meaning: 'Handlers for which people wait were throttled (count in 5 minutes).',
      runbook: 'handler-throttles',
      action,
    });
    this.deadLetters = new SumAlarm(this, 'DeadLetters', {
      metrics: props.deadLetterQueues.map((queue) => queue.metricApproximateNumberOfMessagesVisible()),
      meaning: 'Events of the platform that no handler could take (messages waiting).',
      runbook: 'dead-letters',
      action,
    });
    this.outOfBand = new SumAlarm(this, 'OutOfBand', {
      metrics: [props.outOfBand],
      period: Duration.minutes(15),
      meaning: 'An endpoint serves something else than was released there (looks that found it, in 15 minutes).',
      runbook: 'out-of-band',
      action,
    });
  }
}
