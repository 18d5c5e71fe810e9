import { Aws, Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Chain,
  Choice,
  Condition,
  CustomState,
  type IChainable,
  type INextable,
  type State,
  StateMachineFragment,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { SAGEMAKER_RETRIES } from '../platform/state-machine/retries';
import { ANSWER, asJsonata, functionState, input, merged, WHOLE_INPUT } from '../platform/state-machine/states';
import type { JobKind, RunStep } from './contract';

/** What starts a job of a kind, and the SageMaker resource that its ARN names. */
const ACTIONS: { [kind in JobKind]: string } = {
  processing: 'createProcessingJob.sync',
  training: 'createTrainingJob.sync',
  transform: 'createTransformJob.sync',
  model: 'createModel',
};

/** How often a job is looked at that this execution did not start itself. */
const LOOK_AGAIN = Duration.seconds(15);

export interface JobStepProps {
  /** Name of the state that starts the job; the record's is `Record<name>`. */
  readonly name: string;
  /** The run's step under which the job is recorded. */
  readonly step: RunStep;
  readonly kind: JobKind;
  /** Name of the job, in JSONata. */
  readonly jobName: string;
  /** The request, with JSONata inside. */
  readonly request: { [key: string]: unknown };
  /** The job's own limit; the state allows it half an hour more for instances to come and go. */
  readonly maxRuntime: Duration;
  readonly recordJob: IFunction;
  /** The part of the context that the step hands on when the job is Completed, with JSONata inside. */
  readonly handsOn?: { [key: string]: unknown };
  /** Members, in JSONata, that the record's answer adds to the context. */
  readonly adds?: string;
}

/**
 * A SageMaker job as a step of a run: the task that starts it and waits, then the record, which reads the job back.
 * However the task ends, the record decides: it goes on when the job is Completed, waits while an adopted job is in
 * progress (ResourceInUse: an earlier try has started it), and throws when the job failed, was stopped, or never began.
 */
export class JobStep extends StateMachineFragment {
  public readonly startState: State;
  public readonly endStates: INextable[];

  constructor(scope: Construct, props: JobStepProps) {
    super(scope, `${props.name}Step`);
    const task = new CustomState(this, props.name, {
      stateJson: {
        Type: 'Task',
        Resource: `arn:${Aws.PARTITION}:states:::sagemaker:${ACTIONS[props.kind]}`,
        Arguments: props.request,
        Output: WHOLE_INPUT,
        TimeoutSeconds: props.maxRuntime.plus(Duration.minutes(30)).toSeconds(),
      },
    });
    for (const retry of SAGEMAKER_RETRIES) task.addRetry(retry);
    const record = this.record(props);
    asJsonata(task).addCatch(record, { errors: ['States.ALL'], outputs: merged("{ 'failure': $states.errorOutput }") });
    const ended = new Choice(this, `${props.name}Ended`);
    const wait = new Wait(this, `Await${props.name}`, { time: WaitTime.duration(LOOK_AGAIN) });
    task.next(record);
    record.next(ended);
    ended.otherwise(wait.next(record));
    this.startState = task;
    this.endStates = [whenCompleted(ended)];
  }

  private record(props: JobStepProps) {
    const { name, step, kind, jobName, handsOn = {}, adds } = props;
    return functionState(this, `Record${name}`, {
      fn: props.recordJob,
      payload: {
        runId: input('runId'),
        attempt: input('attempt'),
        step,
        kind,
        jobName,
        handsOn,
        failure: '{% $exists($states.input.failure) ? $states.input.failure : {} %}',
      },
      adds: adds ? `{ 'job': ${ANSWER} }, ${adds}` : `{ 'job': ${ANSWER} }`,
    });
  }
}

/** The open end of a choice: what follows when the job is Completed. */
function whenCompleted(choice: Choice): INextable {
  return {
    next(next: IChainable): Chain {
      choice.when(Condition.jsonata("{% $states.input.job.status = 'Completed' %}"), next);
      return Chain.sequence(choice, next);
    },
  };
}
