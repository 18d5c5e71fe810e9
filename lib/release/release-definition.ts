import { Aws, Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import {
  Choice,
  Condition,
  CustomState,
  Fail,
  type IChainable,
  IntegrationPattern,
  type State,
  Succeed,
  TaskInput,
  type TaskStateBase,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { NetworkConfig } from '../platform/network';
import { FUNCTION_RETRIES, SAGEMAKER_RETRIES } from '../platform/state-machine/retries';
import {
  ANSWER,
  asJsonata,
  functionState,
  input,
  jsonata,
  merged,
  WHOLE_INPUT,
} from '../platform/state-machine/states';
import type { Approval } from './approval';
import { RELEASE_ERROR, type ReleaseSpec } from './contract';
import { notifyState } from './notify-state';
import type { ReleaseFunctions } from './release-functions';
import { createConfigRequest, createModelRequest, updateRequest } from './sagemaker-requests';

const FAILURE = merged("{ 'failure': $states.errorOutput }");
const EXECUTION = jsonata('$states.context.Execution.Id');

/** What the definition of a release pipeline is made of. */
export interface ReleaseDefinitionOptions {
  readonly spec: ReleaseSpec;
  readonly functions: ReleaseFunctions;
  readonly gate: IFunction;
  readonly approval: Approval;
  readonly encryptionKey: IKey;
  readonly network?: NetworkConfig;
  readonly notifications?: ITopic;
}

/**
 * The states of a release, in order. Before the endpoint is touched a failure closes the release; after it, a failure
 * first brings the endpoint back to what served before.
 */
export class ReleaseDefinition {
  public readonly start: State;
  private readonly rejected: IChainable;
  private readonly failed: IChainable;
  private readonly rollBack: IChainable;

  constructor(
    private readonly scope: Construct,
    private readonly options: ReleaseDefinitionOptions,
  ) {
    this.rejected = this.closeRejected();
    this.failed = this.closeFailed();
    this.rollBack = this.wayBack();
    const deployed = this.smokeTest().next(this.promote()).next(this.succeed());
    this.start = this.verify().next(this.govern(this.approve(this.deploy(deployed)))).startState;
  }

  private verify(): TaskStateBase {
    return this.before('Verify', this.options.functions.verify, {
      payload: { releaseId: input('releaseId'), executionArn: EXECUTION },
      output: jsonata(ANSWER),
      timeout: Duration.minutes(16),
    });
  }

  private govern(next: IChainable): IChainable {
    const govern = this.before('Govern', this.options.gate, {
      payload: { releaseId: input('releaseId'), model: input('model'), version: input('version') },
      adds: `{ 'decision': { 'passed': ${ANSWER}.passed, 'reason': $string(${ANSWER}.reason) } }`,
      timeout: Duration.minutes(16),
    });
    const passed = new Choice(this.scope, 'PoliciesPassed')
      .when(Condition.jsonata(jsonata('$states.input.decision.passed')), next)
      .otherwise(this.rejected);
    return govern.next(passed);
  }

  private approve(next: IChainable): IChainable {
    const { functions, approval } = this.options;
    const ask = approval.mode === 'auto' ? this.approveAutomatically() : this.askPerson(approval);
    const check = this.before('CheckApproval', functions.checkApproval, {
      payload: {
        releaseId: input('releaseId'),
        manifest: input('manifest'),
        manifestDigest: input('manifestDigest'),
      },
      adds: `{ 'decision': { 'passed': ${ANSWER}.approved, 'reason': $string(${ANSWER}.reason) } }`,
    });
    const approved = new Choice(this.scope, 'Approved')
      .when(Condition.jsonata(jsonata('$states.input.decision.passed')), next)
      .otherwise(this.rejected);
    return ask.next(check).next(approved);
  }

  private approveAutomatically(): TaskStateBase {
    return this.before('Approve', this.options.functions.approve, {
      payload: {
        releaseId: input('releaseId'),
        manifestDigest: input('manifestDigest'),
        executionArn: EXECUTION,
      },
    });
  }

  /** Waits for the task token. What comes back with it is ignored: CheckApproval reads the record. */
  private askPerson(approval: Approval): TaskStateBase {
    const timeout = approval.timeout ?? Duration.days(7);
    const ask = LambdaInvoke.jsonata(this.scope, 'Approve', {
      lambdaFunction: this.options.functions.approve,
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: TaskInput.fromObject({
        releaseId: input('releaseId'),
        manifestDigest: input('manifestDigest'),
        taskToken: jsonata('$states.context.Task.Token'),
      }),
      outputs: WHOLE_INPUT,
      taskTimeout: Timeout.duration(timeout),
      retryOnServiceExceptions: false,
    });
    for (const retry of FUNCTION_RETRIES) ask.addRetry(retry);
    const late = `approval timed out: nobody decided within ${timeout.toHumanString()}`;
    ask.addCatch(this.rejected, {
      errors: ['States.Timeout'],
      outputs: merged(`{ 'decision': { 'passed': false, 'reason': '${late}' } }`),
    });
    return ask.addCatch(this.failed, { errors: ['States.ALL'], outputs: FAILURE });
  }

  private deploy(next: IChainable): IChainable {
    const { functions } = this.options;
    const begin = this.before('BeginDeploy', functions.beginDeploy, {
      payload: this.deployInput(),
      adds: `{ 'endpoint': ${ANSWER} }`,
    });
    const definition = this.after(
      'CheckDefinition',
      functions.readBack,
      this.deployInput('definition'),
      "{ 'failure': {} }",
    );
    const readBack = this.after(
      'ReadBack',
      functions.readBack,
      this.deployInput('endpoint'),
      `{ 'settled': ${ANSWER}.settled, 'looks': ($exists($states.input.looks) ? $states.input.looks : 0) + 1 }`,
    );
    const wait = new Wait(this.scope, 'AwaitEndpoint', {
      time: WaitTime.seconds(jsonata('$min([30, 2 * $states.input.looks - 1])')),
    });
    const settled = new Choice(this.scope, 'EndpointSettled')
      .when(Condition.jsonata(jsonata('$states.input.settled')), next)
      .otherwise(wait.next(readBack));
    readBack.next(settled);
    const which = new Choice(this.scope, 'EndpointExists')
      .when(Condition.jsonata(jsonata('$states.input.endpoint.alreadyServing')), readBack)
      .when(
        Condition.jsonata(jsonata('$states.input.endpoint.endpointExists')),
        this.change('updateEndpoint', readBack),
      )
      .otherwise(this.change('createEndpoint', readBack));
    const create = this.create('createModel', this.create('createEndpointConfig', definition.next(which)));
    const turn = new Wait(this.scope, 'AwaitTurn', { time: WaitTime.duration(Duration.seconds(20)) });
    const ready = new Choice(this.scope, 'DeployReady')
      .when(Condition.jsonata(jsonata('$states.input.endpoint.ready')), create)
      .otherwise(turn.next(begin));
    return begin.next(ready);
  }

  /** Creates what the endpoint is made of. It may exist from an earlier try: CheckDefinition compares either way. */
  private create(action: 'createModel' | 'createEndpointConfig', next: IChainable): IChainable {
    const request = action === 'createModel' ? createModelRequest(this.options) : createConfigRequest(this.options);
    return this.sageMaker(action, request, next);
  }

  /** Creates or updates the endpoint. However the call ends, ReadBack finds out what serves. */
  private change(action: 'createEndpoint' | 'updateEndpoint', next: IChainable): IChainable {
    return this.sageMaker(action, updateRequest(this.options, action === 'createEndpoint'), next);
  }

  private sageMaker(action: string, request: { [key: string]: unknown }, next: IChainable): IChainable {
    const state = new CustomState(this.scope, `${action.charAt(0).toUpperCase()}${action.slice(1)}`, {
      stateJson: {
        Type: 'Task',
        Resource: `arn:${Aws.PARTITION}:states:::sagemaker:${action}`,
        Arguments: request,
        Output: WHOLE_INPUT,
        TimeoutSeconds: 60,
      },
    });
    for (const retry of SAGEMAKER_RETRIES) state.addRetry(retry);
    asJsonata(state).addCatch(next, { errors: ['States.ALL'], outputs: FAILURE });
    return state.next(next);
  }

  private smokeTest(): TaskStateBase {
    return this.after('SmokeTest', this.options.functions.smokeTest, this.deployInput());
  }

  private promote(): TaskStateBase {
    return this.after('Promote', this.options.functions.promote, {
      releaseId: input('releaseId'),
      names: input('names'),
      executionArn: EXECUTION,
    });
  }

  private succeed(): IChainable {
    const close = this.close('CloseReleaseSucceeded', 'SUCCEEDED').next(new Succeed(this.scope, 'SUCCEEDED'));
    const { notifications, spec } = this.options;
    if (!notifications) return close;
    const notify = notifyState(this.scope, spec, notifications);
    // The version serves: a message that can't be sent is no reason to call the release failed.
    return notify.addCatch(close, { errors: ['States.ALL'], outputs: WHOLE_INPUT }).next(close);
  }

  private closeRejected(): IChainable {
    const close = this.close('CloseReleaseRejected', 'REJECTED', {
      error: RELEASE_ERROR.rejected,
      cause: input('decision.reason'),
    });
    return close.next(new Succeed(this.scope, 'REJECTED'));
  }

  private closeFailed(): IChainable {
    const close = this.close('CloseReleaseFailed', 'FAILED', {
      error: jsonata('$string($states.input.failure.Error)'),
      cause: jsonata("$exists($states.input.failure.Cause) ? $string($states.input.failure.Cause) : ''"),
    });
    return close.next(
      Fail.jsonata(this.scope, 'FAILED', { error: RELEASE_ERROR.failed, cause: input('closed.reason') }),
    );
  }

  /** Asks RollBack until it is done. If it can't, the execution ends and the status-change rule goes on from there. */
  private wayBack(): IChainable {
    const { functions } = this.options;
    const back = functionState(this.scope, 'RollBack', {
      fn: functions.rollBack,
      payload: { releaseId: input('releaseId') },
      adds: `{ 'rolledBack': ${ANSWER}.done }`,
    });
    const unfinished = Fail.jsonata(this.scope, 'ROLL_BACK_UNFINISHED', {
      error: RELEASE_ERROR.failed,
      cause: jsonata("$exists($states.input.failure.Cause) ? $string($states.input.failure.Cause) : ''"),
    });
    back.addCatch(unfinished, { errors: ['States.ALL'], outputs: WHOLE_INPUT });
    const wait = new Wait(this.scope, 'AwaitRollBack', { time: WaitTime.duration(Duration.seconds(10)) });
    const done = new Choice(this.scope, 'RolledBack')
      .when(Condition.jsonata(jsonata('$states.input.rolledBack')), this.failed)
      .otherwise(wait.next(back));
    return back.next(done);
  }

  private close(id: string, status: string, more: { [key: string]: unknown } = {}): TaskStateBase {
    return functionState(this.scope, id, {
      fn: this.options.functions.closeRelease,
      payload: { releaseId: input('releaseId'), status, executionArn: EXECUTION, ...more },
      adds: `{ 'closed': ${ANSWER} }`,
    });
  }

  /** A state before the endpoint is touched: its failure closes the release. */
  private before(id: string, fn: IFunction, props: Omit<Parameters<typeof functionState>[2], 'fn'>): TaskStateBase {
    const state = functionState(this.scope, id, { fn, ...props });
    return state.addCatch(this.failed, { errors: ['States.ALL'], outputs: FAILURE });
  }

  /** A state after BeginDeploy: its failure leads back to what served before. */
  private after(id: string, fn: IFunction, payload: { [key: string]: unknown }, adds?: string): TaskStateBase {
    const state = functionState(this.scope, id, { fn, payload, adds, timeout: Duration.minutes(6) });
    return state.addCatch(this.rollBack, { errors: ['States.ALL'], outputs: FAILURE });
  }

  private deployInput(phase?: 'definition' | 'endpoint'): { [key: string]: unknown } {
    return {
      releaseId: input('releaseId'),
      manifest: input('manifest'),
      manifestDigest: input('manifestDigest'),
      names: input('names'),
      ...(phase ? { phase, failure: jsonata('$exists($states.input.failure) ? $states.input.failure : {}') } : {}),
    };
  }
}
