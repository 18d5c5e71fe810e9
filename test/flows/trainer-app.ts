/** A model that a worker outside of AWS trains, on the platform that the flows share. */
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { MlopsPlatform, ModelImage, ModelLifecycle, ProblemType, Trainer } from 'cdk-mlops';
import { PLATFORM } from './support/names';

const stack = new Stack(new App(), `${PLATFORM}-outside`);
const queue = new Queue(stack, 'Work', { enforceSSL: true });
new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
new ModelLifecycle(stack, 'Outside', {
  platform: MlopsPlatform.fromPlatformName(stack, 'Platform', { platformName: PLATFORM }),
  owner: 'flows',
  schema: { label: 'sick', problem: ProblemType.BINARY },
  trainer: Trainer.taskToken({
    queue,
    servingImage: ModelImage.xgboost('3.2-0'),
    hyperparameters: { rounds: '20' },
    timeout: Duration.minutes(5),
    heartbeat: Duration.minutes(4),
  }),
  trainOnNewData: false,
  releaseCandidates: false,
});
