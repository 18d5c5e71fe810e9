import { ApiError, validationError } from '../api/errors';
import { arnOf } from '../api/scope';
import { announce } from '../context';
import type { Resource } from '../state/store';
import { refuseBeyondCount } from './limits';
import { type Call, listResources, newResource, type Operations } from './support';

const nameOf = (arnOrName: string) => arnOrName.slice(arnOrName.lastIndexOf('/') + 1);

export function findGroup({ context, scope }: Call, arnOrName: string): Resource {
  const name = nameOf(arnOrName);
  const group = context.store.get('model-package-group', scope, name);
  if (!group) {
    throw validationError(`ModelPackageGroup ${arnOf(scope, `model-package-group/${name}`)} does not exist.`);
  }
  return group;
}

const packagesOf = ({ context, scope }: Call, group: string) =>
  context.store.list('model-package', scope).filter((item) => item.describe.ModelPackageGroupName === group);

export const packageGroups: Operations = {
  CreateModelPackageGroup: async (call) => {
    const name = call.input.ModelPackageGroupName;
    const existing = call.context.store.get('model-package-group', call.scope, name);
    if (existing) throw validationError(`Model Package Group already exists: ${existing.arn}`);
    refuseBeyondCount(call, 'model-package-group');
    const names = { name: 'ModelPackageGroupName', arn: 'ModelPackageGroupArn' };
    const group = newResource('model-package-group', call, name, names);
    Object.assign(group.describe, { ModelPackageGroupStatus: 'Completed', CreatedBy: {} });
    await announce(call.context, group);
    return { ModelPackageGroupArn: group.arn };
  },
  DescribeModelPackageGroup: (call) => findGroup(call, call.input.ModelPackageGroupName).describe,
  ListModelPackageGroups: (call) => {
    // There are no groups of other accounts that are shared with this one.
    const shared = call.input.CrossAccountFilterOption === 'CrossAccount';
    const { items, NextToken } = listResources(call, 'model-package-group', {
      order: 'Ascending',
      only: () => !shared,
    });
    return { ModelPackageGroupSummaryList: items.map((group) => group.describe), NextToken };
  },
  DeleteModelPackageGroup: async (call) => {
    const group = findGroup(call, call.input.ModelPackageGroupName);
    const held = packagesOf(call, group.name).length;
    if (held > 0) {
      throw new ApiError('ConflictException', `${group.arn} holds ${held} model package(s): delete them first.`);
    }
    await call.context.store.delete(group);
    return undefined;
  },
  PutModelPackageGroupPolicy: async (call) => {
    const group = findGroup(call, call.input.ModelPackageGroupName);
    const policy = call.input.ResourcePolicy;
    try {
      JSON.parse(policy);
    } catch {
      throw validationError(`The resource policy is not JSON: ${policy.slice(0, 100)}`);
    }
    group.internal.policy = policy;
    await call.context.store.put(group);
    return { ModelPackageGroupArn: group.arn };
  },
  GetModelPackageGroupPolicy: (call) => ({ ResourcePolicy: policyOf(call).policy }),
  DeleteModelPackageGroupPolicy: async (call) => {
    const { group } = policyOf(call);
    delete group.internal.policy;
    await call.context.store.put(group);
    return undefined;
  },
};

function policyOf(call: Call): { group: Resource; policy: string } {
  const group = findGroup(call, call.input.ModelPackageGroupName);
  const { policy } = group.internal;
  if (typeof policy !== 'string') throw validationError(`Cannot find resource policy for ${group.arn}`);
  return { group, policy };
}
