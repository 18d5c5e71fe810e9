import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  CustomState,
  type IChainable,
  QueryLanguage,
  State,
  TaskInput,
  TaskStateBase,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { FUNCTION_RETRIES } from './retries';

/** A JSONata expression as the definition writes it. */
export const jsonata = (expression: string): string => `{% ${expression} %}`;

/** The value at a path of the state's input. */
export const input = (path: string): string => jsonata(`$states.input.${path}`);

/** The whole input of the state. */
export const WHOLE_INPUT = jsonata('$states.input');

/** The state's input with more members. */
export const merged = (members: string): string => jsonata(`$merge([$states.input, ${members}])`);

export interface FunctionStateProps {
  readonly fn: IFunction;
  /** Payload with JSONata inside. */
  readonly payload: { [key: string]: unknown } | string;
  /** Members, in JSONata, that the answer adds to the context; `$answer` is the function's answer. */
  readonly adds?: string;
  /** Output of the state instead of the grown context. */
  readonly output?: string;
  /** How long the function may take in all. */
  readonly timeout?: Duration;
}

/** The function's answer in an expression. */
export const ANSWER = '$states.result.Payload';

/** A state that invokes one of our functions: with a time limit, and retries for what passes by itself. */
export function functionState(scope: Construct, id: string, props: FunctionStateProps): LambdaInvoke {
  const output = props.output ?? (props.adds ? merged(props.adds) : WHOLE_INPUT);
  const state = LambdaInvoke.jsonata(scope, id, {
    lambdaFunction: props.fn,
    payload:
      typeof props.payload === 'string' ? TaskInput.fromText(props.payload) : TaskInput.fromObject(props.payload),
    outputs: output,
    taskTimeout: Timeout.duration(props.timeout ?? Duration.minutes(5)),
    retryOnServiceExceptions: false,
  });
  for (const retry of FUNCTION_RETRIES) state.addRetry(retry);
  return state;
}

/**
 * A CustomState renders its catchers as JSONPath, whatever the machine's language, and would lose what they hand on:
 * this sets the language that it inherits a property for, and no parameter.
 */
export function asJsonata(state: CustomState): CustomState {
  (state as unknown as { queryLanguage: QueryLanguage }).queryLanguage = QueryLanguage.JSONATA;
  return state;
}

/** Where a run goes when a state fails: by error names, the last route taking all other errors. */
export interface FailureRoute {
  readonly errors: string[];
  readonly to: IChainable;
}

/**
 * Gives every task reachable from a state the routes by which a failed run is closed; also those of a trainer that the
 * user wrote. A task that already handles all errors keeps its own way.
 */
export function routeFailures(start: State, routes: readonly FailureRoute[]): void {
  const failure = merged("{ 'failure': $states.errorOutput }");
  for (const state of State.findReachableStates(start, { includeErrorHandlers: true })) {
    if (!(state instanceof TaskStateBase || state instanceof CustomState)) continue;
    const { Catch: own = [] } = state.toStateJson() as { Catch?: { ErrorEquals: string[] }[] };
    if (own.some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'))) continue;
    if (state instanceof CustomState) asJsonata(state);
    for (const route of routes) state.addCatch(route.to, { errors: route.errors, outputs: failure });
  }
}
