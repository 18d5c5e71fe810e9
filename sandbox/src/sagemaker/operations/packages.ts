import { createHash } from 'node:crypto';
import { ApiError, messageOf, validationError } from '../api/errors';
import { announce, type Context } from '../context';
import { nowSeconds, type Resource } from '../state/store';
import { findGroup } from './package-groups';
import { type Call, type Input, listResources, newResource, type Operations } from './support';

function findPackage({ context, scope }: Pick<Call, 'context' | 'scope'>, arnOrName: string): Resource {
  const found = context.store.byArn(arnOrName) ?? context.store.get('model-package', scope, arnOrName);
  if (found?.kind !== 'model-package') throw validationError(`ModelPackage ${arnOrName} does not exist.`);
  return found;
}

export const packages: Operations = {
  CreateModelPackage: async (call) => ({ ModelPackageArn: (await createPackage(call)).arn }),
  DescribeModelPackage: (call) => findPackage(call, call.input.ModelPackageName).describe,
  BatchDescribeModelPackage: (call) => {
    const summaries: Record<string, object> = {};
    const errors: Record<string, object> = {};
    for (const arn of call.input.ModelPackageArnList as string[]) {
      try {
        summaries[arn] = findPackage(call, arn).describe;
      } catch (error) {
        errors[arn] = { ErrorCode: (error as Error).name, ErrorResponse: messageOf(error) };
      }
    }
    return { ModelPackageSummaries: summaries, BatchDescribeModelPackageErrorMap: errors };
  },
  ListModelPackages: (call) => {
    const { ModelPackageGroupName, ModelApprovalStatus, ModelPackageType } = call.input;
    const group = ModelPackageGroupName ? findGroup(call, ModelPackageGroupName).name : undefined;
    const type = ModelPackageType ?? (group ? 'Versioned' : 'Unversioned');
    const { items, NextToken } = listResources(call, 'model-package', {
      order: 'Ascending',
      only: ({ describe }) => {
        if (ModelApprovalStatus && describe.ModelApprovalStatus !== ModelApprovalStatus) return false;
        if (group && describe.ModelPackageGroupName !== group) return false;
        return type === 'Both' || (type === 'Versioned') === Boolean(describe.ModelPackageGroupName);
      },
    });
    return { ModelPackageSummaryList: items.map(({ describe }) => summaryOf(describe)), NextToken };
  },
  UpdateModelPackage: updatePackage,
  DeleteModelPackage: async (call) => {
    await call.context.store.delete(findPackage(call, call.input.ModelPackageName));
    return undefined;
  },
};

async function createPackage(call: Call): Promise<Resource> {
  const { input, context } = call;
  if (input.ModelPackageGroupName && input.ModelPackageName) {
    throw validationError(
      'Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.',
    );
  }
  if (!input.ModelPackageGroupName && !input.ModelPackageName) throw validationError('Missing ARN.');
  if (input.ModelPackageGroupName && input.Tags) {
    throw validationError('Tags cannot be given to a versioned model package: tag its group, or add them later.');
  }
  const { ClientToken, ...request } = input;
  const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  const repeated = ClientToken && madeBefore(call, ClientToken, digest);
  if (repeated) return repeated;
  const item = input.ModelPackageGroupName ? await versioned(call) : unversioned(call);
  const { ClientToken: _token, ...describe } = item.describe as Input;
  item.describe = {
    ...describe,
    ModelPackageStatus: 'Completed',
    ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
    CertifyForMarketplace: describe.CertifyForMarketplace ?? false,
    CreatedBy: {},
  };
  if (input.ModelPackageGroupName) item.describe.ModelApprovalStatus ??= 'PendingManualApproval';
  for (const specification of specificationsOf(item.describe)) withDigests(context, specification);
  if (ClientToken) Object.assign(item.internal, { clientToken: ClientToken, request: digest });
  await announce(context, item);
  return item;
}

/** The package that an earlier request with the same token made. */
function madeBefore({ context, scope }: Call, token: string, request: string): Resource | undefined {
  const made = context.store.list('model-package', scope).find(({ internal }) => internal.clientToken === token);
  if (made && made.internal.request !== request) {
    throw new ApiError('ConflictException', `The ClientToken '${token}' was used for another request: ${made.arn}`);
  }
  return made;
}

const specificationsOf = ({ InferenceSpecification, AdditionalInferenceSpecifications = [] }: Input): Input[] =>
  [InferenceSpecification, ...AdditionalInferenceSpecifications].filter((specification) => specification);

/** AWS adds the digest of each container's image; an image that has no local runtime stays without. */
function withDigests({ images }: Context, specification: Input): void {
  for (const container of (specification.Containers ?? []) as Input[]) {
    if (container.ImageDigest || !container.Image) continue;
    try {
      container.ImageDigest = images.resolve(container.Image).resolved.split('@')[1];
    } catch {
      // A package may hold what only AWS can run.
    }
  }
}

/** A version in a group is named by group and number; only other packages have a name in the list, as on AWS. */
function summaryOf({ ModelPackageName, ...described }: Input): Input {
  return described.ModelPackageGroupName ? described : { ModelPackageName, ...described };
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
  if (call.input.ModelApprovalStatus) {
    throw validationError('ModelApprovalStatus is for versioned packages: give a ModelPackageGroupName.');
  }
  const existing = call.context.store.get('model-package', call.scope, call.input.ModelPackageName);
  if (existing) throw validationError(`Model Package already exists: ${existing.arn}`);
  const names = { name: 'ModelPackageName', arn: 'ModelPackageArn' };
  return newResource('model-package', call, call.input.ModelPackageName, names);
}

async function updatePackage(call: Call): Promise<object> {
  const { context } = call;
  const item = findPackage(call, call.input.ModelPackageArn);
  const {
    ModelPackageArn: _arn,
    ClientToken,
    CustomerMetadataProperties,
    CustomerMetadataPropertiesToRemove = [],
    AdditionalInferenceSpecificationsToAdd = [],
    ...members
  } = call.input;
  if (ClientToken && item.internal.updateToken === ClientToken) return { ModelPackageArn: item.arn };
  if (members.ModelApprovalStatus && !item.describe.ModelPackageGroupName) {
    throw validationError(`ModelApprovalStatus is for versioned packages; ${item.arn} has no version.`);
  }
  const { describe } = item;
  const metadata = { ...describe.CustomerMetadataProperties, ...CustomerMetadataProperties };
  for (const key of CustomerMetadataPropertiesToRemove) delete metadata[key];
  const specifications = [
    ...(describe.AdditionalInferenceSpecifications ?? []),
    ...AdditionalInferenceSpecificationsToAdd,
  ];
  const names = specifications.map((specification: Input) => specification.Name);
  if (new Set(names).size !== names.length) {
    throw validationError(`Names of additional inference specifications must be unique: ${names.join(', ')}.`);
  }
  for (const specification of [...specifications, members.InferenceSpecification ?? {}]) {
    withDigests(context, specification);
  }
  Object.assign(describe, members, { LastModifiedTime: nowSeconds(), LastModifiedBy: {} });
  setOrDrop(describe, 'CustomerMetadataProperties', metadata, Object.keys(metadata).length > 0);
  setOrDrop(describe, 'AdditionalInferenceSpecifications', specifications, specifications.length > 0);
  if (ClientToken) item.internal.updateToken = ClientToken;
  await announce(context, item);
  return { ModelPackageArn: item.arn };
}

function setOrDrop(describe: Input, member: string, value: unknown, isSet: boolean): void {
  if (isSet) describe[member] = value;
  else delete describe[member];
}
