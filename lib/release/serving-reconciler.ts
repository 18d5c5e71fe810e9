import { Duration, Stack } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { keepFailedEvents } from '../platform/dead-letter-queue';
import type { HandlerFunction } from '../platform/handler-function';
import { CHANGE, EVENT_SOURCE } from '../registry/contract';
import { type ReleaseFunctionsProps, releaseHandler } from './release-functions';
import { endpointArns } from './sagemaker-arns';

/** Properties of a ServingReconciler. */
export interface ServingReconcilerProps extends ReleaseFunctionsProps {
  readonly deadLetters: IQueue;
  readonly notifications?: ITopic;
}

/**
 * Holds what the endpoint really serves against the registry, at each change of the endpoint and every ten minutes. What
 * no release put there is recorded as OUT_OF_BAND, and told. Its own failures go to the dead-letter queue, whose alarm
 * tells of them: an alarm on its errors too would cost more than a model may.
 */
export class ServingReconciler extends Construct {
  public readonly function: HandlerFunction;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServingReconcilerProps,
  ) {
    super(scope, id);
    const { spec, deadLetters } = props;
    const what = `Holds what serves against what was released (model ${spec.model})`;
    const calls = ['openSpan', 'deployingRelease', 'changeServing', 'getVersion'];
    this.function = releaseHandler(this, 'Reconcile', 'reconcile-serving', what, props, calls);
    this.grantDescribe();
    this.listen();
    this.tell();
    keepFailedEvents(this.function, deadLetters);
  }

  /** What somebody else put at the endpoint may have any name. */
  private grantDescribe(): void {
    const any = (resource: string): string =>
      Stack.of(this).formatArn({ service: 'sagemaker', resource, resourceName: '*' });
    const describe = (what: string, resource: string): void =>
      this.function.addToRolePolicy(
        new PolicyStatement({ actions: [`sagemaker:Describe${what}`], resources: [resource] }),
      );
    describe('Endpoint', endpointArns(this, this.props.spec).endpoint);
    describe('EndpointConfig', any('endpoint-config'));
    describe('Model', any('model'));
  }

  private listen(): void {
    const { model, hosting } = this.props.spec;
    const { deadLetters: deadLetterQueue } = this.props;
    const target = new LambdaFunction(this.function, {
      deadLetterQueue,
      retryAttempts: 8,
      maxEventAge: Duration.hours(6),
    });
    new Rule(this, 'OnEndpointChanged', {
      description: `The endpoint of the model ${model} has come to another state`,
      eventPattern: {
        source: ['aws.sagemaker'],
        detailType: ['SageMaker Endpoint State Change'],
        detail: {
          EndpointName: [hosting.endpointName],
          EndpointStatus: [{ 'anything-but': ['CREATING', 'UPDATING', 'SYSTEM_UPDATING', 'ROLLING_BACK'] }],
        },
      },
      targets: [target],
    });
    new Rule(this, 'Look', {
      description: `Looks at what the endpoint of the model ${model} serves`,
      schedule: Schedule.rate(Duration.minutes(10)),
      targets: [target],
    });
  }

  private tell(): void {
    const { registry, spec, notifications } = this.props;
    if (!notifications) return;
    const message = RuleTargetInput.fromText(
      `What serves for the model ${spec.model} is ${EventField.fromPath('$.detail.status')}: ` +
        `${EventField.fromPath('$.detail.reason')}  More: mlops history ${spec.model}`,
    );
    new Rule(this, 'OnReconciled', {
      description: `${CHANGE.servingReconciled} of the model ${spec.model}`,
      eventBus: registry.eventBus,
      eventPattern: {
        source: [EVENT_SOURCE],
        detailType: [CHANGE.servingReconciled],
        detail: { model: [spec.model] },
      },
      targets: [new SnsTopic(notifications, { message })],
    });
  }
}
