import { ApiError, validationError } from '../api/errors';
import { arnOf } from '../api/scope';
import { announce } from '../context';
import { nowSeconds, type Resource } from '../state/store';
import { type Call, type Input, listResources, newResource, type Operations } from './support';

const nameOf = (arnOrName: string) => arnOrName.slice(arnOrName.lastIndexOf('/') + 1);

function findGroup({ context, scope }: Call, arnOrName: string): Resource {
  const name = nameOf(arnOrName);
  const group = context.store.get('model-package-group', scope, name);
  if (!group) {
    throw validationError(`ModelPackageGroup ${arnOf(scope, `model-package-group/${name}`)} does not exist.`);
  }
  return group;
}

function findPackage({ context, scope }: Call, arnOrName: string): Resource {
  const found = context.store.byArn(arnOrName) ?? context.store.get('model-package', scope, arnOrName);
  if (found?.kind !== 'model-package') throw validationError(`ModelPackage ${arnOrName} does not exist.`);
  return found;
}

const packagesOf = ({ context, scope }: Call, group: string) =>
  context.store.list('model-package', scope).filter((item) => item.describe.ModelPackageGroupName === group);

export const packages: Operations = {
  CreateModelPackageGroup: async (call) => {
    const name = call.input.ModelPackageGroupName;
    const existing = call.context.store.get('model-package-group', call.scope, name);
    if (existing) throw validationError(`Model Package Group already exists: ${existing.arn}`);
    const names = { name: 'ModelPackageGroupName', arn: 'ModelPackageGroupArn' };
    const group = newResource('model-package-group', call, name, names);
    Object.assign(group.describe, { ModelPackageGroupStatus: 'Completed', CreatedBy: {} });
    await announce(call.context, group);
    return { ModelPackageGroupArn: group.arn };
  },
  DescribeModelPackageGroup: (call) => findGroup(call, call.input.ModelPackageGroupName).describe,
  ListModelPackageGroups: (call) => {
    const { items, NextToken } = listResources(call, 'model-package-group', undefined);
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
  CreateModelPackage: async (call) => ({ ModelPackageArn: (await createPackage(call)).arn }),
  DescribeModelPackage: (call) => findPackage(call, call.input.ModelPackageName).describe,
  ListModelPackages: (call) => {
    const { ModelPackageGroupName, ModelApprovalStatus } = call.input;
    const group = ModelPackageGroupName ? findGroup(call, ModelPackageGroupName).name : undefined;
    const { items, NextToken } = listResources(call, 'model-package', undefined, ({ describe }) => {
      if (ModelApprovalStatus && describe.ModelApprovalStatus !== ModelApprovalStatus) return false;
      return describe.ModelPackageGroupName === group;
    });
    return { ModelPackageSummaryList: items.map((item) => item.describe), NextToken };
  },
  UpdateModelPackage: async (call) => {
    const item = findPackage(call, call.input.ModelPackageArn);
    const { ModelPackageArn, ClientToken, CustomerMetadataPropertiesToRemove, ...members } = call.input;
    const metadata = { ...item.describe.CustomerMetadataProperties, ...members.CustomerMetadataProperties };
    for (const key of CustomerMetadataPropertiesToRemove ?? []) delete metadata[key];
    Object.assign(item.describe, members, { LastModifiedTime: nowSeconds() });
    if (Object.keys(metadata).length > 0) item.describe.CustomerMetadataProperties = metadata;
    else delete item.describe.CustomerMetadataProperties;
    await announce(call.context, item);
    return { ModelPackageArn: item.arn };
  },
  DeleteModelPackage: async (call) => {
    await call.context.store.delete(findPackage(call, call.input.ModelPackageName));
    return undefined;
  },
};

async function createPackage(call: Call): Promise<Resource> {
  const { input, context } = call;
  if (Boolean(input.ModelPackageGroupName) === Boolean(input.ModelPackageName)) {
    throw validationError('Give either ModelPackageGroupName (a versioned package) or ModelPackageName.');
  }
  const item = input.ModelPackageGroupName ? await versioned(call) : unversioned(call);
  const { ClientToken, ...describe } = item.describe as Input;
  item.describe = {
    ...describe,
    ModelPackageStatus: 'Completed',
    ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
    CreatedBy: {},
  };
  if (input.ModelPackageGroupName) item.describe.ModelApprovalStatus ??= 'PendingManualApproval';
  await announce(context, item);
  return item;
}

async function versioned(call: Call): Promise<Resource> {
  const group = findGroup(call, call.input.ModelPackageGroupName);
  // Counted in the group, so that the version of a deleted package is not given again.
  const version = ((group.internal.lastVersion as number | undefined) ?? 0) + 1;
  group.internal.lastVersion = version;
  await call.context.store.put(group);
  const names = { name: 'ModelPackageName', arn: 'ModelPackageArn' };
  const item = newResource('model-package', call, `${group.name}/${version}`, names);
  item.describe.ModelPackageName = group.name;
  item.describe.ModelPackageGroupName = group.name;
  item.describe.ModelPackageVersion = version;
  return item;
}

function unversioned(call: Call): Resource {
  const existing = call.context.store.get('model-package', call.scope, call.input.ModelPackageName);
  if (existing) throw validationError(`Model Package already exists: ${existing.arn}`);
  const names = { name: 'ModelPackageName', arn: 'ModelPackageArn' };
  return newResource('model-package', call, call.input.ModelPackageName, names);
}
