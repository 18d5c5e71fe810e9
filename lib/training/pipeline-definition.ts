import { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Chain,
  Choice,
  Condition,
  Fail,
  type IChainable,
  type INextable,
  type State,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { NetworkConfig } from '../platform/network';
import {
  ANSWER,
  type FailureRoute,
  functionState,
  input,
  jsonata,
  routeFailures,
  WHOLE_INPUT,
} from '../platform/state-machine/states';
import { RUN_ERROR, type RunStep, type TrainingSpec } from './contract';
import type { JobStep } from './job-step';
import { modelStep, transformStep } from './pipeline-jobs';

/** Functions of the machine's states. */
export interface PipelineStateFunctions {
  readonly plan: IFunction;
  readonly validate: IFunction;
  readonly recordValidation: IFunction;
  readonly recordJob: IFunction;
  readonly seal: IFunction;
  readonly evaluate: IFunction;
  readonly register: IFunction;
  readonly compareReplay: IFunction;
  readonly close: IFunction;
}

/** What the definition of a training pipeline is made of. */
export interface PipelineDefinitionOptions {
  readonly spec: TrainingSpec;
  readonly functions: PipelineStateFunctions;
  readonly preprocess: IChainable;
  readonly train: IChainable;
  readonly servingRole: IRole;
  readonly encryptionKey: IKey;
  readonly network?: NetworkConfig;
}

/**
 * The states of a run, in order. Every step takes the RunContext and hands it on, grown by what it found; every failure
 * leads to a state that closes the run, and on to the state named for how the run ended.
 */
export class PipelineDefinition {
  public readonly start: State;
  private succeeded?: Succeed;

  constructor(
    private readonly scope: Construct,
    private readonly options: PipelineDefinitionOptions,
  ) {
    const { preprocess, train } = options;
    const steps: { readonly at: RunStep; readonly states: IChainable }[] = [
      { at: 'ValidateData', states: this.validateData() },
      { at: 'Preprocess', states: preprocess },
      { at: 'Train', states: this.unlessImported(train) },
      { at: 'SealModel', states: this.sealModel() },
      { at: 'Transform', states: Chain.start(this.createModel()).next(this.transform()) },
      { at: 'TransformChampion', states: this.challengeChampion() },
      { at: 'Evaluate', states: this.evaluate() },
      { at: 'Register', states: this.register() },
    ];
    const plan = this.planRun();
    const resume = new Choice(scope, 'ResumeAt');
    for (const { at, states } of steps.slice(1))
      resume.when(Condition.jsonata(jsonata(`$states.input.resumeAt = '${at}'`)), states);
    resume.otherwise(steps[0]!.states);
    for (const [index, { states }] of steps.entries()) {
      const next = steps[index + 1]?.states ?? this.closeSucceeded('CloseRunSucceeded', { version: input('version') });
      for (const end of states.endStates) end.next(next);
    }
    this.start = plan.next(resume).startState;
    routeFailures(this.start, this.failureRoutes());
  }

  private planRun() {
    return functionState(this.scope, 'PlanRun', {
      fn: this.options.functions.plan,
      payload: {
        runId: input('runId'),
        attempt: input('attempt'),
        executionArn: jsonata('$states.context.Execution.Id'),
        spec: this.options.spec,
      },
      output: jsonata(ANSWER),
      timeout: Duration.minutes(15),
    });
  }

  private validateData(): IChainable {
    const validate = functionState(this.scope, 'ValidateData', {
      fn: this.options.functions.validate,
      payload: {
        runId: input('runId'),
        model: input('model'),
        bucket: input('data.bucket'),
        objects: input('data.objects'),
        schema: input('schema'),
        privacy: jsonata(
          "$exists($states.input.privacy) ? $states.input.privacy : { 'columns': {}, 'undeclared': 'allow' }",
        ),
      },
      adds: `{ 'validation': ${ANSWER} }`,
      timeout: Duration.minutes(15),
    });
    const record = functionState(this.scope, 'RecordValidateData', {
      fn: this.options.functions.recordValidation,
      payload: { runId: input('runId'), attempt: input('attempt'), validation: input('validation') },
    });
    return validate.next(record);
  }

  private sealModel(): IChainable {
    return functionState(this.scope, 'SealModel', {
      fn: this.options.functions.seal,
      payload: { runId: input('runId'), attempt: input('attempt'), trained: input('trained') },
      adds: `{ 'archive': ${ANSWER} }`,
      timeout: Duration.minutes(15),
    });
  }

  private createModel(): JobStep {
    return modelStep(this.scope, this.options, 'CreateModel', 'Transform', 'names.model', {
      image: 'images.serving',
      archive: 'archive.uri',
      environment: 'servingEnvironment',
    });
  }

  private transform(): JobStep {
    return transformStep(this.scope, this.options, 'Transform', {
      job: 'names.transform',
      model: 'names.model',
      input: input('uris.test'),
      output: 'transform',
    });
  }

  /** The champion answers for the same rows, in the container that serves it. */
  private challengeChampion(): IChainable {
    const has = new Choice(this.scope, 'HasChampion');
    const create = modelStep(
      this.scope,
      this.options,
      'CreateChampionModel',
      'TransformChampion',
      'names.championModel',
      {
        image: 'champion.image',
        archive: 'champion.archiveUri',
        environment: 'champion.environment',
      },
    );
    const transform = transformStep(this.scope, this.options, 'TransformChampion', {
      job: 'names.championTransform',
      model: 'names.championModel',
      // Nobody asks again what drives the champion: the test rows alone.
      input: jsonata("$states.input.uris.test & 'test.csv'"),
      output: 'championTransform',
    });
    has.when(Condition.jsonata(jsonata('$exists($states.input.champion)')), create.next(transform));
    const none: INextable = { next: (next) => has.otherwise(next).afterwards() };
    return { id: has.id, startState: has, endStates: [...transform.endStates, none] };
  }

  private evaluate(): IChainable {
    return functionState(this.scope, 'Evaluate', {
      fn: this.options.functions.evaluate,
      payload: WHOLE_INPUT,
      adds: `{ 'evaluation': ${ANSWER} }`,
      timeout: Duration.minutes(15),
    });
  }

  /** A model that was trained elsewhere comes with its archive; nothing is trained. */
  private unlessImported(train: IChainable): IChainable {
    const has = new Choice(this.scope, 'HasModel').otherwise(train);
    const imported: INextable = {
      next: (next) => has.when(Condition.jsonata(jsonata('$exists($states.input.trained)')), next).afterwards(),
    };
    return { id: has.id, startState: has, endStates: [...train.endStates, imported] };
  }

  /** A replay is compared with the run that it repeats, and registers nothing. */
  private register(): IChainable {
    const compare = functionState(this.scope, 'CompareReplay', {
      fn: this.options.functions.compareReplay,
      payload: WHOLE_INPUT,
      adds: `{ 'replay': ${ANSWER} }`,
      timeout: Duration.minutes(15),
    });
    const register = functionState(this.scope, 'Register', {
      fn: this.options.functions.register,
      payload: WHOLE_INPUT,
      adds: `{ 'version': ${ANSWER}.version }`,
    });
    const isReplay = new Choice(this.scope, 'IsReplay')
      .when(
        Condition.jsonata(jsonata('$exists($states.input.replayOf)')),
        compare.next(this.closeSucceeded('CloseReplaySucceeded', {})),
      )
      .otherwise(register);
    return { id: isReplay.id, startState: isReplay, endStates: register.endStates };
  }

  private closeSucceeded(name: string, more: { [key: string]: string }): IChainable {
    const close = functionState(this.scope, name, {
      fn: this.options.functions.close,
      payload: {
        runId: input('runId'),
        attempt: input('attempt'),
        status: 'SUCCEEDED',
        metrics: input('evaluation.metrics'),
        ...more,
      },
      adds: `{ 'closed': ${ANSWER} }`,
    });
    this.succeeded ??= new Succeed(this.scope, 'SUCCEEDED');
    return close.next(this.succeeded);
  }

  private failureRoutes(): FailureRoute[] {
    return [
      { errors: [RUN_ERROR.rejected], to: this.failed('REJECTED', RUN_ERROR.rejected) },
      { errors: [RUN_ERROR.stopped, RUN_ERROR.jobStopped], to: this.failed('STOPPED', RUN_ERROR.stopped) },
      { errors: ['States.ALL'], to: this.failed('FAILED', RUN_ERROR.failed) },
    ];
  }

  /** Closes the run, and ends the execution in a state of the run's name. */
  private failed(status: 'REJECTED' | 'STOPPED' | 'FAILED', error: string): IChainable {
    const close = functionState(this.scope, `CloseRun${status.charAt(0)}${status.slice(1).toLowerCase()}`, {
      fn: this.options.functions.close,
      payload: {
        runId: input('runId'),
        attempt: input('attempt'),
        status,
        error: jsonata('$string($states.input.failure.Error)'),
        cause: jsonata("$exists($states.input.failure.Cause) ? $string($states.input.failure.Cause) : ''"),
      },
      output: jsonata(ANSWER),
    });
    const fail = Fail.jsonata(this.scope, status, { error, cause: input('reason') });
    return close.next(fail);
  }
}
