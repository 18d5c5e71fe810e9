import {
  CreateEndpointCommand,
  CreateModelPackageGroupCommand,
  ListModelPackageGroupsCommand,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createConfig, createModel, createTraining, trained } from './support/requests';
import { startServer, type TestServer } from './support/server';

const LONG = { 'train.py': 'import time\ntime.sleep(60)\n' };

describe('account limits', () => {
  let server: TestServer;
  beforeAll(async () => {
    const limits = {
      'ml.m5.large for training job usage': 2,
      'ml.m5.large for spot training job usage': 0,
      'Number of instances across active endpoints': 0,
      'Number of model package groups': 1,
    };
    server = await startServer(inject('sandbox'), { limits });
  });
  afterAll(() => server.close());

  it('refuse instances beyond them as long as others run', async () => {
    await createTraining(server, 'one', LONG);
    await createTraining(server, 'two', LONG);
    await expect(createTraining(server, 'three', LONG)).rejects.toMatchObject({
      name: 'ResourceLimitExceeded',
      message: expect.stringMatching(
        /^The account-level service limit 'ml\.m5\.large for training job usage' is 2 Instances, with current utilization of 2 Instances and a request delta of 1 Instances\./,
      ),
    });
    const spot = {
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 9, MaxWaitTimeInSeconds: 9 },
    };
    await expect(createTraining(server, 'spot', LONG, spot)).rejects.toThrow('spot training job usage');
    for (const name of ['one', 'two']) {
      await server.sageMaker.send(new StopTrainingJobCommand({ TrainingJobName: name }));
      await trained(server, name);
    }
    await createTraining(server, 'three', { 'train.py': 'pass\n' });
    expect((await trained(server, 'three')).TrainingJobStatus).toBe('Completed');
  });

  it('refuse endpoints and further resources', async () => {
    const config = await createConfig(server, 'config', [await createModel(server, 'model', 'pass\n')]);
    const create = new CreateEndpointCommand({ EndpointName: 'none', EndpointConfigName: config });
    await expect(server.sageMaker.send(create)).rejects.toMatchObject({ name: 'ResourceLimitExceeded' });
    const group = (name: string) => new CreateModelPackageGroupCommand({ ModelPackageGroupName: name });
    await server.sageMaker.send(group('one'));
    await expect(server.sageMaker.send(group('two'))).rejects.toThrow(
      "'Number of model package groups' is 1 Resources",
    );
    const { ModelPackageGroupSummaryList } = await server.sageMaker.send(new ListModelPackageGroupsCommand({}));
    expect(ModelPackageGroupSummaryList).toHaveLength(1);
  });
});
