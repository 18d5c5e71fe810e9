import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';

/** What passes by itself when a function is invoked, or when the function calls S3, DynamoDB or SageMaker. */
const FUNCTION_TRANSIENT = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'TransactionInProgressException',
  'InternalServerError',
  'InternalFailure',
  'InternalError',
  'ServiceUnavailable',
  'SlowDown',
  'TimeoutError',
];

/**
 * The function's process ended under way: it was killed, or ran out of time or memory. What it had done by then, the next
 * try finds done. Out of time it would be again, mostly: few tries.
 */
const FUNCTION_ENDED = ['Runtime.ExitError', 'Sandbox.Timedout', 'Lambda.Unknown'];

const SAGEMAKER_TRANSIENT = [
  'SageMaker.ThrottlingException',
  'SageMaker.InternalFailure',
  'SageMaker.ServiceUnavailable',
  'SageMaker.SdkClientException',
];

/** Other jobs of the account hold the instances: worth a longer wait. */
const SAGEMAKER_BUSY = ['SageMaker.ResourceLimitExceeded', 'SageMaker.ResourceLimitExceededException'];

const backoff = (errors: string[], seconds: number, maxAttempts: number, maxSeconds: number): RetryProps => ({
  errors,
  interval: Duration.seconds(seconds),
  maxAttempts,
  backoffRate: 2,
  maxDelay: Duration.seconds(maxSeconds),
  jitterStrategy: JitterType.FULL,
});

/** Retries of a state that invokes one of our functions. */
export const FUNCTION_RETRIES: readonly RetryProps[] = [
  backoff(FUNCTION_TRANSIENT, 2, 6, 60),
  backoff(FUNCTION_ENDED, 2, 2, 10),
];

/**
 * Retries of a state that calls SageMaker. Step Functions gives throttling and invalid requests alike the name
 * AmazonSageMakerException, so that one gets few and quick attempts.
 */
export const SAGEMAKER_RETRIES: readonly RetryProps[] = [
  backoff(SAGEMAKER_TRANSIENT, 5, 6, 120),
  backoff(SAGEMAKER_BUSY, 60, 5, 600),
  backoff(['SageMaker.AmazonSageMakerException'], 3, 3, 20),
];

/** Retries of a state that publishes to a topic, where SNS has no names for what passes by itself. */
export const TOPIC_RETRIES: readonly RetryProps[] = [backoff(['States.TaskFailed'], 2, 4, 30)];

/** Retries of a state that sends a message to a queue. */
export const QUEUE_RETRIES: readonly RetryProps[] = [
  backoff(['SQS.AmazonSQSException', 'SQS.SdkClientException'], 2, 4, 30),
];
