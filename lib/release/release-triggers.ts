import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import {
  EventField,
  type EventPattern,
  type IRuleTarget,
  Rule,
  RuleTargetInput,
  Schedule,
} from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { createDeadLetterQueue, keepFailedEvents } from '../platform/dead-letter-queue';
import type { HandlerFunction } from '../platform/handler-function';
import { CHANGE, type ChangeType, EVENT_SOURCE } from '../registry/contract';
import type { Approval } from './approval';
import { RELEASE_ENV } from './contract';
import {
  CLOSE_RELEASE,
  grantRollBack,
  type ReleaseFunctionsProps,
  type ReleaseHandlerOptions,
  ROLL_BACK,
  releaseHandler,
} from './release-functions';

/** Properties of ReleaseTriggers. */
export interface ReleaseTriggersProps extends ReleaseFunctionsProps {
  readonly stateMachine: StateMachine;
  readonly approval: Approval;
  /** Whether each new version asks for a release by itself. */
  readonly autoRelease: boolean;
  readonly notifications?: ITopic;
}

/**
 * What starts releases, answers those that wait for a person, and closes those whose execution ended on its own. Events
 * notify only: each function reads the registry before it acts. A sweeper finds what an event that was lost left open.
 */
export class ReleaseTriggers extends Construct {
  /** Holds events that no function could take, for two weeks. */
  public readonly deadLetters: Queue;
  public readonly startRelease: HandlerFunction;
  /** The only function that may send task tokens; absent where releases are approved automatically. */
  public readonly sendApproval?: HandlerFunction;
  public readonly settleRelease: HandlerFunction;
  public readonly sweepReleases: HandlerFunction;
  /** Absent without autoRelease. */
  public readonly requestRelease?: HandlerFunction;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ReleaseTriggersProps,
  ) {
    super(scope, id);
    this.deadLetters = createDeadLetterQueue(this, 'DeadLetters', props.store.encryptionKey);
    this.startRelease = this.starter();
    this.sendApproval = props.approval.mode === 'manual' ? this.approver() : undefined;
    this.settleRelease = this.settler();
    this.sweepReleases = this.sweeper();
    if (props.autoRelease) this.requestRelease = this.requester();
    this.notifyPeople();
    for (const fn of this.handlers) keepFailedEvents(fn, this.deadLetters);
  }

  /** All functions that act on events. */
  public get handlers(): HandlerFunction[] {
    const { startRelease, settleRelease, sweepReleases, sendApproval, requestRelease } = this;
    return [startRelease, settleRelease, sweepReleases, sendApproval, requestRelease].filter((fn) => fn !== undefined);
  }

  private starter(): HandlerFunction {
    const { stateMachine } = this.props;
    const calls = ['getRelease', 'startRelease'];
    const fn = this.fn('StartRelease', 'start-release', 'Starts the execution of a requested release', calls, {
      environment: { [RELEASE_ENV.stateMachineArn]: stateMachine.stateMachineArn },
    });
    stateMachine.grantStartExecution(fn);
    this.on('OnReleaseRequested', CHANGE.releaseRequested, fn);
    return fn;
  }

  private approver(): HandlerFunction {
    const { stateMachine } = this.props;
    const what = "Hands a person's decision to the execution that waits for it";
    const fn = this.fn('SendApproval', 'send-approval', what, ['getRelease', 'taskTokenOf']);
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['states:SendTaskSuccess'], resources: [stateMachine.stateMachineArn] }),
    );
    this.on('OnApprovalRecorded', CHANGE.approvalRecorded, fn);
    return fn;
  }

  private requester(): HandlerFunction {
    const calls = ['getVersion', 'requestRelease'];
    const fn = this.fn('RequestRelease', 'request-release', 'Asks for the release of each new version', calls);
    this.on('OnVersionRegistered', CHANGE.versionRegistered, fn);
    return fn;
  }

  /** Aborted and timed out executions run no Catch: their end comes as an event of Step Functions. */
  private settler(): HandlerFunction {
    const { stateMachine, spec } = this.props;
    const what = 'Rolls back and closes a release whose execution has ended';
    const calls = [...ROLL_BACK, ...CLOSE_RELEASE];
    const fn = this.fn('SettleRelease', 'settle-release', what, calls, { timeout: Duration.minutes(5) });
    grantRollBack(fn, spec, this.props.store.encryptionKey);
    this.grantDescribeExecutions(fn);
    new Rule(this, 'OnExecutionEnded', {
      description: `Executions of releases of the model ${spec.model} that ended without success`,
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachine.stateMachineArn], status: ['FAILED', 'ABORTED', 'TIMED_OUT'] },
      },
      targets: [this.target(fn)],
    });
    return fn;
  }

  private sweeper(): HandlerFunction {
    const { startRelease, sendApproval, settleRelease } = this;
    const escalates = this.props.approval.escalateAfter ? ['escalateApproval'] : [];
    const calls = ['getRelease', 'listOpenReleases', ...escalates];
    const fn = this.fn('SweepReleases', 'sweep-releases', 'Finds releases that a lost event left open', calls, {
      environment: {
        [RELEASE_ENV.startFunction]: startRelease.functionName,
        [RELEASE_ENV.settleFunction]: settleRelease.functionName,
        ...(sendApproval ? { [RELEASE_ENV.sendApprovalFunction]: sendApproval.functionName } : {}),
      },
    });
    for (const other of [startRelease, settleRelease, sendApproval]) other?.grantInvoke(fn);
    this.grantDescribeExecutions(fn);
    new Rule(this, 'Sweep', {
      description: `Looks for open releases of the model ${this.props.spec.model}`,
      schedule: Schedule.rate(Duration.minutes(10)),
      targets: [this.target(fn)],
    });
    return fn;
  }

  /** Messages say where to look, carry no secret, and their link changes nothing. */
  private notifyPeople(): void {
    const { approval, notifications, spec } = this.props;
    const id = EventField.fromPath('$.detail.releaseId');
    const version = EventField.fromPath('$.detail.version');
    const release = `release ${id} of the model ${spec.model}`;
    const decide = [
      `What it is, and the verdicts: mlops models show ${spec.model}@${version}`,
      `Decide: mlops models approve ${spec.model} ${version}, or: mlops models reject ${spec.model} ${version} --comment <why>`,
      `Where it stands: ${this.consoleLink(id)}`,
    ].join('  ');
    if (approval.topic) {
      const text = `The ${release}, version ${version}, waits for your decision.  ${decide}`;
      const message = RuleTargetInput.fromText(text);
      this.rule('OnApprovalRequested', CHANGE.approvalRequested, new SnsTopic(approval.topic, { message }));
    }
    if (approval.escalateAfter && approval.escalationTopic) {
      const text = `Nobody has decided on the ${release}, version ${version}, within ${approval.escalateAfter.toHumanString()}.  ${decide}`;
      const message = RuleTargetInput.fromText(text);
      this.rule('OnApprovalEscalated', CHANGE.approvalEscalated, new SnsTopic(approval.escalationTopic, { message }));
    }
    if (notifications) {
      const message = RuleTargetInput.fromText(
        `The ${release} ended as ${EventField.fromPath('$.detail.status')}.  Why: ${this.consoleLink(id)}`,
      );
      this.rule('OnReleaseClosed', CHANGE.releaseClosed, new SnsTopic(notifications, { message }), {
        status: ['REJECTED', 'FAILED', 'STOPPED'],
      });
    }
  }

  /** The execution's page in the console; executions are named by release. */
  private consoleLink(releaseId: string): string {
    const { region } = Stack.of(this);
    const arn = this.executionArn(releaseId);
    return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${arn}`;
  }

  private fn(
    id: string,
    verb: string,
    description: string,
    calls: string[],
    more?: ReleaseHandlerOptions,
  ): HandlerFunction {
    return releaseHandler(this, id, verb, `${description} (model ${this.props.spec.model})`, this.props, calls, more);
  }

  private on(id: string, change: ChangeType, fn: HandlerFunction): void {
    this.rule(id, change, this.target(fn));
  }

  private rule(id: string, change: ChangeType, target: IRuleTarget, detail: EventPattern['detail'] = {}): void {
    const { registry, spec } = this.props;
    new Rule(this, id, {
      description: `${change} of the model ${spec.model}`,
      eventBus: registry.eventBus,
      eventPattern: { source: [EVENT_SOURCE], detailType: [change], detail: { model: [spec.model], ...detail } },
      targets: [target],
    });
  }

  private target(fn: HandlerFunction): LambdaFunction {
    return new LambdaFunction(fn, {
      deadLetterQueue: this.deadLetters,
      retryAttempts: 8,
      maxEventAge: Duration.hours(6),
    });
  }

  private grantDescribeExecutions(fn: HandlerFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [this.executionArn('*')] }),
    );
  }

  private executionArn(name: string): string {
    return Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${this.props.stateMachine.stateMachineName}:${name}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}
