import { Duration } from 'aws-cdk-lib';
import { type IAlarmAction, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { ReleasePipeline } from '../release/release-pipeline';
import { RUNS_STUCK_METRIC, TRAINING_METRICS } from '../training/contract';
import type { TrainingPipeline } from '../training/training-pipeline';
import { SumAlarm } from './platform-alarms';

/** Properties of LifecycleAlarms. */
export interface LifecycleAlarmsProps {
  readonly training: TrainingPipeline;
  readonly release: ReleasePipeline;
  readonly action: IAlarmAction;
}

/** What pages for one model: runs that failed or are stuck, its handlers' errors, its dead letters. */
export class LifecycleAlarms extends Construct {
  public readonly runsFailed: SumAlarm;
  public readonly runsStuck: SumAlarm;
  public readonly handlerErrors: SumAlarm;
  public readonly deadLetters: SumAlarm;

  constructor(scope: Construct, id: string, props: LifecycleAlarmsProps) {
    super(scope, id);
    const { training, release, action } = props;
    const machines = [training.stateMachine, release.stateMachine];
    this.runsFailed = new SumAlarm(this, 'RunsFailed', {
      metrics: machines.flatMap((machine) => [
        machine.metricFailed(),
        machine.metricTimedOut(),
        machine.metricAborted(),
      ]),
      meaning: 'Runs that ended other than SUCCEEDED, or releases that failed (count in 5 minutes).',
      runbook: 'runs-failed',
      action,
    });
    this.runsStuck = new SumAlarm(this, 'RunsStuck', {
      metrics: [
        new Metric({
          namespace: TRAINING_METRICS,
          metricName: RUNS_STUCK_METRIC,
          dimensionsMap: { Model: training.model },
          statistic: Stats.SUM,
        }),
      ],
      period: Duration.minutes(15),
      meaning: 'Runs that stayed open although nothing worked on them (count in 15 minutes).',
      runbook: 'runs-stuck',
      action,
    });
    this.handlerErrors = new SumAlarm(this, 'HandlerErrors', {
      metrics: [...training.eventHandlers, ...release.eventHandlers].map((fn) => fn.metricErrors()),
      meaning: 'Event handlers of the model failed (count in 5 minutes).',
      runbook: 'handler-errors',
      action,
    });
    this.deadLetters = new SumAlarm(this, 'DeadLetters', {
      metrics: [training.deadLetterQueue, release.deadLetterQueue].map((queue) =>
        queue.metricApproximateNumberOfMessagesVisible(),
      ),
      meaning: 'Events of the model that no handler could take (messages waiting).',
      runbook: 'dead-letters',
      action,
    });
  }
}
