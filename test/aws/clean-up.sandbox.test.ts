import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateModelCommand, ListModelsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { expect, inject, it } from 'vitest';
import { cleanUp } from '../../scripts/aws/clean-up';
import { clientConfig } from '../support/sandbox';

it('deletes what carries the name of its platform, and nothing whose name only begins or goes on with it', async () => {
  const config = clientConfig(inject('sandbox'));
  const [sageMaker, logs] = [new SageMakerClient(config), new CloudWatchLogsClient(config)];
  const names = ['flows-c1ea-tiny-1', 'my-flows-c1ea-tiny', 'flows-c1ean-tiny'];
  for (const ModelName of names) {
    const ExecutionRoleArn = 'arn:aws:iam::000000000000:role/models';
    const PrimaryContainer = { Image: 'sagemaker-xgboost:3.2-0' };
    await sageMaker.send(new CreateModelCommand({ ModelName, ExecutionRoleArn, PrimaryContainer }));
  }
  for (const name of ['flows-c1ea-tiny', 'flows-c1ean']) {
    await logs.send(new CreateLogGroupCommand({ logGroupName: `/aws/lambda/${name}` }));
  }
  const { deleted, left } = await cleanUp('flows-c1ea', config);
  expect(left).toEqual([]);
  expect(deleted).toEqual(['model flows-c1ea-tiny-1', 'log group /aws/lambda/flows-c1ea-tiny']);
  const { Models } = await sageMaker.send(new ListModelsCommand({ NameContains: 'c1ea' }));
  expect(Models?.map(({ ModelName }) => ModelName).sort()).toEqual(names.slice(1).sort());
});
