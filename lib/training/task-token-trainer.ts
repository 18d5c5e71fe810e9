import { Aws, Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { CustomState } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { grantSend } from '../platform/dead-letter-queue';
import { QUEUE_RETRIES } from '../platform/state-machine/retries';
import { input, jsonata, merged } from '../platform/state-machine/states';
import type { ModelImage } from './model-image';
import type { ITrainer, TrainerBindOptions, TrainerConfig } from './trainer-interface';

/** Properties of a worker that trains outside of SageMaker. */
export interface TaskTokenTrainerProps {
  /**
   * Queue from which the worker takes its work. A message holds `taskToken`, `runId`, `attempt`, `model`,
   * `hyperparameters`, the URIs `train`, `validation` and `preprocessing`, and `outputUri`, below which the worker writes
   * `model.tar.gz`. The worker answers with `SendTaskSuccess` and `{"archiveUri": "s3://…"}`, or with `SendTaskFailure`.
   */
  readonly queue: IQueue;
  /** Container that serves what the worker trains. */
  readonly servingImage: ModelImage;
  /** Environment of that container. @default - none */
  readonly servingEnvironment?: { [name: string]: string };
  /** @default 24 hours */
  readonly timeout?: Duration;
  /** Within this time the worker must answer or send a heartbeat. @default - the timeout */
  readonly heartbeat?: Duration;
  /** Handed to the worker; a run's parameters override them. @default - none */
  readonly hyperparameters?: { [name: string]: string };
}

/** Trains by a worker outside of SageMaker, which answers with a task token. */
export class TaskTokenTrainer implements ITrainer {
  constructor(private readonly props: TaskTokenTrainerProps) {}

  public bind(scope: Construct, options: TrainerBindOptions): TrainerConfig {
    const { queue, servingImage, servingEnvironment, hyperparameters, heartbeat } = this.props;
    const timeout = this.props.timeout ?? Duration.hours(24);
    grantSend(options.executionRole, queue);
    const chain = new CustomState(scope, 'Train', {
      stateJson: {
        Type: 'Task',
        Resource: `arn:${Aws.PARTITION}:states:::sqs:sendMessage.waitForTaskToken`,
        Arguments: {
          QueueUrl: queue.queueUrl,
          MessageBody: {
            taskToken: jsonata('$states.context.Task.Token'),
            runId: input('runId'),
            attempt: input('attempt'),
            model: input('model'),
            hyperparameters: input('hyperparameters'),
            train: input('uris.train'),
            validation: input('uris.validation'),
            preprocessing: input('uris.preprocessing'),
            outputUri: input('uris.trainOutput'),
          },
        },
        Output: merged("{ 'trained': { 'archiveUri': $states.result.archiveUri } }"),
        TimeoutSeconds: timeout.toSeconds(),
        ...(heartbeat ? { HeartbeatSeconds: heartbeat.toSeconds() } : {}),
      },
    });
    for (const retry of QUEUE_RETRIES) chain.addRetry(retry);
    return { chain, servingImage: servingImage.bind(scope), servingEnvironment, hyperparameters };
  }
}
