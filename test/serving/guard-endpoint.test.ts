import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { guardEndpoint } from '../../lambdas/serving/guard-endpoint';
import { handler } from '../../lambdas/serving/guard-endpoint.lambda';

const properties = { endpointName: 'credit', deleteEndpoint: 'false' as const, namePrefix: 'credit-v' };

const guard = (
  RequestType: 'Create' | 'Update' | 'Delete',
  lives: boolean,
  more: { deleteEndpoint?: 'true' | 'false'; old?: string; config?: string; looks?: number } = {},
) => {
  const calls: string[] = [];
  const { config = 'credit-v3-abcdef', deleteEndpoint = 'false' } = more;
  let status: string | undefined = lives ? 'InService' : undefined;
  const outcome = guardEndpoint(
    {
      RequestType,
      ResourceProperties: { ...properties, deleteEndpoint },
      OldResourceProperties: more.old ? { endpointName: more.old } : {},
    },
    {
      endpoints: {
        describe: async () => (status ? { status, config } : undefined),
        delete: async (name) => {
          calls.push(`delete ${name}`);
          status = 'Deleting';
        },
        deleteConfig: async (name) => {
          calls.push(`deleteConfig ${name}`);
        },
      },
      pause: async () => {
        status = undefined;
      },
      looks: more.looks ?? 5,
    },
  );
  return { outcome, calls };
};

describe('the guard of an endpoint', () => {
  it('refuses the removal of the stack while the endpoint lives, and says what to do', async () => {
    const { outcome, calls } = guard('Delete', true);
    expect(await outcome).toMatch(/The endpoint credit lives .*delete-endpoint --endpoint-name credit/);
    expect(calls).toEqual([]);
  });

  it('lets the stack go where no endpoint came to life', async () => {
    expect(await guard('Delete', false).outcome).toBeUndefined();
  });

  it('removes endpoint, config and models where that was asked for', async () => {
    const { outcome, calls } = guard('Delete', true, { deleteEndpoint: 'true' });
    expect(await outcome).toBeUndefined();
    expect(calls).toEqual(['delete credit', 'deleteConfig credit-v3-abcdef']);
  });

  it('leaves a config that is not the model’s own', async () => {
    const { outcome, calls } = guard('Delete', true, { deleteEndpoint: 'true', config: 'somebody-elses' });
    await outcome;
    expect(calls).toEqual(['delete credit']);
  });

  it('says so where the endpoint does not go in time', async () => {
    expect(await guard('Delete', true, { deleteEndpoint: 'true', looks: 1 }).outcome).toMatch(/was not gone/);
  });

  it('refuses another name while the endpoint of the old one lives', async () => {
    expect(await guard('Update', true, { old: 'loans' }).outcome).toMatch(/loans lives.*can't change to credit/);
    expect(await guard('Update', true, { old: 'credit' }).outcome).toBeUndefined();
    expect(await guard('Create', true).outcome).toBeUndefined();
  });

  it('answers CloudFormation also when the request makes no sense', async () => {
    const answers: { Status: string; Reason: string }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        answers.push(JSON.parse(Buffer.concat(chunks).toString()));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const ResponseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`;
    try {
      const ids = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Guard' };
      await handler({ ...ids, ResponseURL, RequestType: 'Delete', ResourceProperties: {} });
      await handler({ ...ids, ResponseURL, RequestType: 'Create', ResourceProperties: properties });
    } finally {
      server.close();
    }
    expect(answers).toMatchObject([
      { Status: 'FAILED', Reason: expect.stringContaining('could not look') },
      { Status: 'SUCCESS', PhysicalResourceId: 'endpoint-guard-credit' },
    ]);
  });
});
