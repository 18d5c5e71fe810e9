import { afterEach, describe, expect, it, vi } from 'vitest';
import { registerModel } from '../../lambdas/registry/register-model';
import type { ModelInput } from '../../lambdas/registry/store/types';
import type { ResourceRequest } from '../../lambdas/shared/cloudformation';
import type { DeployedPolicy, PoliciesRecord } from '../../lib/registry/contract';

const registered: ModelInput[] = [];
const deployed: (readonly DeployedPolicy[])[] = [];
const registry = {
  registerModel: async (input: ModelInput) => {
    registered.push(input);
    return { ...input, lastVersion: 0, createdAt: '', updatedAt: '' };
  },
  setPolicies: async (_model: string, policies: readonly DeployedPolicy[]) => {
    deployed.push(policies);
    return {} as PoliciesRecord;
  },
};
const request: ResourceRequest = {
  RequestType: 'Create',
  ResponseURL: 'https://example.com',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Registration',
  ResourceProperties: {
    ServiceToken: 'arn',
    model: 'credit',
    owner: 'lending',
    purpose: '',
    riskTier: 'HIGH',
    dataset: 'loans',
    endpointName: 'credit',
  },
};

afterEach(() => {
  registered.length = 0;
  deployed.length = 0;
  vi.restoreAllMocks();
});

describe('registering a model from its stack', () => {
  it('takes the properties, not those that CloudFormation adds, and keeps the physical id', async () => {
    const created = await registerModel(request, () => registry);
    expect(created).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'model/credit', RequestId: 'request' });
    const update = { ...request, RequestType: 'Update' as const, PhysicalResourceId: 'model/credit' };
    expect((await registerModel(update, () => registry)).PhysicalResourceId).toBe('model/credit');
    expect(registered).toHaveLength(2);
    expect(registered[0]).not.toHaveProperty('ServiceToken');
  });

  it('records the policies that the stack deploys, and refuses what is none', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const spec = { kind: 'cost', id: 'cost', maxUsd: 5 };
    const withPolicies = (policies: string) =>
      registerModel(
        { ...request, ResourceProperties: { ...(request.ResourceProperties as object), policies } },
        () => registry,
      );
    expect((await withPolicies(JSON.stringify([spec]))).Status).toBe('SUCCESS');
    expect(deployed).toMatchObject([[{ policy: 'cost', spec }]]);
    expect(await withPolicies('[{}]')).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('id') });
    expect(registered).toHaveLength(1);
  });

  it('answers with the reasons when the properties are wrong or the registry fails', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const bad = { ...request, ResourceProperties: { model: 'No!', owner: '' } };
    const answer = await registerModel(bad, () => registry);
    expect(answer.Status).toBe('FAILED');
    for (const field of ['model', 'owner', 'riskTier', 'dataset']) expect(answer.Reason).toContain(field);
    const broken = await registerModel(request, () => {
      throw new Error('x'.repeat(9_000));
    });
    expect(broken).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'Registration' });
    expect(broken.Reason!.length).toBeLessThan(2_000);
  });

  it('leaves the record when the stack goes', async () => {
    const gone = { ...request, RequestType: 'Delete' as const, PhysicalResourceId: 'model/credit' };
    expect(await registerModel(gone, () => registry)).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'model/credit',
    });
    expect(registered).toEqual([]);
  });
});
