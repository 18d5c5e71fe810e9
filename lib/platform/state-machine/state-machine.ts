import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, type IChainable, LogLevel, QueryLanguage, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** What differs between the pipelines' state machines. */
export interface PipelineMachineProps {
  readonly start: IChainable;
  readonly comment: string;
  /** The longest that an execution may take. */
  readonly timeout: Duration;
  /** Encrypts the logs. */
  readonly encryptionKey: IKey;
  /** @default - one that CloudFormation makes */
  readonly stateMachineName?: string;
  /** @default - a new one */
  readonly role?: IRole;
}

/** A pipeline's state machine. Its logs say which states ran, never what they were given. */
export function createStateMachine(scope: Construct, props: PipelineMachineProps): StateMachine {
  const { start, comment, timeout, encryptionKey, stateMachineName, role } = props;
  const destination = new LogGroup(scope, 'Logs', {
    encryptionKey,
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return new StateMachine(scope, 'StateMachine', {
    stateMachineName,
    comment,
    definitionBody: DefinitionBody.fromChainable(start),
    queryLanguage: QueryLanguage.JSONATA,
    role,
    timeout,
    tracingEnabled: true,
    logs: { destination, level: LogLevel.ALL, includeExecutionData: false },
  });
}
