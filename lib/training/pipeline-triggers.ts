import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { type EventPattern, type OnEventOptions, Rule, type RuleProps, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { createDeadLetterQueue, keepFailedEvents } from '../platform/dead-letter-queue';
import { CHANGE, EVENT_SOURCE } from '../registry/contract';
import { TRAINING_ENV } from './contract';
import { grantStoppingJobs } from './job-permissions';
import { grantExecutions, type PipelineFunctionsProps, trainingHandler } from './pipeline-functions';

export interface PipelineTriggersProps extends PipelineFunctionsProps {
  readonly stateMachine: StateMachine;
  /** The function that ends runs in the registry. */
  readonly close: IFunction;
  /** Whether a new version of the dataset is trained on at once. */
  readonly onNewData: boolean;
  /** @default - no set times */
  readonly schedule?: Schedule;
}

/** What begins and ends runs from outside: requests, stops, new data, set times, and executions that ended by themselves. */
export class PipelineTriggers extends Construct {
  /** Starts and stops executions. */
  public readonly start: IFunction;
  /** Asks the registry for a run. */
  public readonly request: IFunction;
  /** Finds runs that nothing ends or begins any more. */
  public readonly sweep: IFunction;
  /** Events that a function could not handle. */
  public readonly deadLetters: Queue;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PipelineTriggersProps,
  ) {
    super(scope, id);
    const { model, dataset, stateMachine } = props;
    const environment = { [TRAINING_ENV.stateMachineArn]: stateMachine.stateMachineArn };
    const executions = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${stateMachine.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const describe = (what: string): string => `${what} (model ${model})`;
    const starts = ['getRun', 'startRun', 'closeRun'];
    const start = trainingHandler(this, 'Start', 'start-run', describe('Starts and stops runs'), props, starts, {
      environment,
    });
    const sweeps = describe('Ends and begins runs left behind');
    const sweep = trainingHandler(this, 'Sweep', 'sweep-runs', sweeps, props, [...starts, 'listOpenRuns'], {
      environment,
      timeout: Duration.minutes(5),
    });
    for (const fn of [start, sweep]) grantExecutions(fn, stateMachine.stateMachineArn, executions);
    sweep.addToRolePolicy(new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executions] }));
    grantStoppingJobs(this, sweep, model);
    this.start = start;
    this.sweep = sweep;
    this.request = trainingHandler(this, 'Request', 'request-run', describe('Asks for a run'), props, ['requestRun']);
    this.deadLetters = createDeadLetterQueue(this, 'DeadLetters', props.store.encryptionKey);
    this.onChange('Requested', start, [CHANGE.runRequested, CHANGE.runStopRequested], { model: [model] });
    if (props.onNewData) {
      this.onChange('NewData', this.request, [CHANGE.datasetVersionCreated], { dataset: [dataset] });
    }
    if (props.schedule) this.rule('Schedule', { schedule: props.schedule }, this.request);
    this.rule('Sweeping', { schedule: Schedule.rate(Duration.minutes(15)) }, sweep);
    this.onExecutionEnded();
    for (const fn of [start, this.request, sweep, props.close]) keepFailedEvents(fn, this.deadLetters);
  }

  /** Asks for a run when an event on the account's default bus matches. */
  public triggerOn(id: string, eventPattern: EventPattern): Rule {
    return this.rule(id, { eventPattern }, this.request);
  }

  /** Calls a target when a run ends in a status. */
  public onClosed(id: string, status: string, options: OnEventOptions): Rule {
    const { model, registry } = this.props;
    const rule = new Rule(this, id, {
      description: options.description ?? `A run of the model ${model} ended as ${status}`,
      ruleName: options.ruleName,
      eventBus: registry.eventBus,
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: [CHANGE.runClosed],
        detail: { model: [model], status: [status] },
        ...options.eventPattern,
      },
    });
    if (options.target) rule.addTarget(options.target);
    return rule;
  }

  private onChange(id: string, fn: IFunction, detailType: string[], detail: { [key: string]: string[] }): void {
    const eventPattern = { source: [EVENT_SOURCE], detailType, detail };
    this.rule(id, { eventBus: this.props.registry.eventBus, eventPattern }, fn);
  }

  /** No Catch runs when an execution is aborted, times out, or fails where it closes its run. */
  private onExecutionEnded(): void {
    const eventPattern = {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [this.props.stateMachine.stateMachineArn],
        status: ['ABORTED', 'TIMED_OUT', 'FAILED'],
      },
    };
    this.rule('Ended', { eventPattern }, this.props.close);
  }

  private rule(id: string, options: Pick<RuleProps, 'eventBus' | 'eventPattern' | 'schedule'>, fn: IFunction): Rule {
    const target = new LambdaFunction(fn, { deadLetterQueue: this.deadLetters, retryAttempts: 8 });
    return new Rule(this, id, { ...options, targets: [target] });
  }
}
