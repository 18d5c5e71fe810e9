import type { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

const RUNBOOKS = 'https://github.com/cdk-mlops/cdk-mlops/blob/main/docs/runbooks';

/** Properties of EndpointAlarms. */
export interface EndpointAlarmsProps {
  readonly endpointName: string;
  /** Failed requests, summed over five minutes. */
  readonly errors: IMetric;
  readonly errorThreshold: number;
  /** Latency in microseconds. */
  readonly latency: IMetric;
  readonly latencyThreshold: Duration;
}

/** The two alarms of an endpoint. While there is no endpoint, or no request, they are silent. */
export class EndpointAlarms extends Construct {
  public readonly errors: Alarm;
  public readonly latency: Alarm;

  constructor(scope: Construct, id: string, props: EndpointAlarmsProps) {
    super(scope, id);
    const { endpointName, latencyThreshold } = props;
    this.errors = new Alarm(this, 'Errors', {
      metric: props.errors,
      threshold: props.errorThreshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription:
        `More than ${props.errorThreshold} requests to the endpoint ${endpointName} failed (5xx) within 5 minutes. ` +
        `Unit: requests. Runbook: ${RUNBOOKS}/endpoint-errors.md`,
    });
    this.latency = new Alarm(this, 'Latency', {
      metric: props.latency,
      threshold: latencyThreshold.toMilliseconds() * 1000,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription:
        `The endpoint ${endpointName} answers slowly: the 99th percentile of ModelLatency was above ` +
        `${latencyThreshold.toMilliseconds() * 1000} microseconds for 15 minutes. Unit: microseconds. ` +
        `Runbook: ${RUNBOOKS}/endpoint-latency.md`,
    });
  }

  /** Sends both alarms, and their end, somewhere. */
  public addAction(action: IAlarmAction): void {
    for (const alarm of [this.errors, this.latency]) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }
}
