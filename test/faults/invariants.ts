/** What holds after every scenario, whatever was broken. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import {
  DescribeEndpointCommand,
  paginateListEndpointConfigs,
  paginateListModels,
  paginateListProcessingJobs,
  paginateListTrainingJobs,
  paginateListTransformJobs,
} from '@aws-sdk/client-sagemaker';
import { OPEN_RELEASE_STATUSES, OPEN_RUN_STATUSES } from '../../lib/registry/contract';
import type { Slot } from './slot';
import type { Snapshot } from './snapshot';

const SETTLING_MS = 3_000;

/** The sentences that say what does not hold. */
export async function brokenInvariants(slot: Slot, now: Snapshot, since: Date): Promise<string[]> {
  const problems = await Promise.all([
    versionsOfRuns(now),
    servingOnce(slot, now),
    nothingOpen(slot, now),
    nothingOrphaned(slot, now, since),
    noOpenUploads(slot),
  ]);
  return problems.flat();
}

/** Version numbers neither repeat nor skip, and each run that succeeded made one version, and no other run or replay did. */
function versionsOfRuns({ runs, versions, lastVersion }: Snapshot): string[] {
  const numbers = versions.map(({ version }) => version).sort((a, b) => a - b);
  const problems = numbers.some((version, index) => version !== index + 1)
    ? [`the versions are ${numbers.join(', ')}`]
    : [];
  if (lastVersion !== numbers.length) problems.push(`the counter is ${lastVersion} of ${numbers.length}`);
  for (const { runId, status, version, request } of runs) {
    const made = versions.filter((each) => each.runId === runId);
    const expected = status === 'SUCCEEDED' && request.trigger !== 'replay' ? 1 : 0;
    if (made.length !== expected) problems.push(`the run ${runId} (${status}) made ${made.length} versions`);
    else if (made[0] && made[0].version !== version) problems.push(`the run ${runId} names version ${version}`);
  }
  const byData = runs
    .filter(({ request }) => request.trigger === 'dataset')
    .map(({ request }) => request.datasetVersion);
  if (new Set(byData).size !== byData.length) problems.push(`runs on new data repeat: ${byData.join(', ')}`);
  return problems;
}

/** One span of serving for each release that succeeded, one of them open, and alias and endpoint as it says. */
async function servingOnce({ parts, platform }: Slot, now: Snapshot): Promise<string[]> {
  const { releases, deployments, versions, champion } = now;
  const endpoint = await platform.clients.sagemaker.send(
    new DescribeEndpointCommand({ EndpointName: parts.endpointName }),
  );
  const problems: string[] = [];
  // What was changed by hand and put right again serves in a further span.
  const isAgain = (releaseId: string, at: number): boolean =>
    deployments[at + 1]?.outOfBand?.insteadOf.releaseId === releaseId;
  for (const { releaseId, status } of releases) {
    const spans = deployments.filter((each, at) => each.releaseId === releaseId && !isAgain(releaseId, at)).length;
    if (spans !== (status === 'SUCCEEDED' ? 1 : 0))
      problems.push(`the release ${releaseId} (${status}) has ${spans} spans`);
  }
  const open = deployments.filter(({ endedAt }) => endedAt === undefined);
  if (open.length !== 1) problems.push(`${open.length} spans of serving are open`);
  const [newest] = deployments;
  if (newest?.version !== champion) problems.push(`the champion is ${champion}, released last was ${newest?.version}`);
  const called = versions.filter(({ status }) => status === 'CHAMPION').map(({ version }) => version);
  if (called.join() !== String(champion))
    problems.push(`called champion are the versions ${called.join(', ') || 'none'}`);
  if (endpoint.EndpointStatus !== 'InService') problems.push(`the endpoint is ${endpoint.EndpointStatus}`);
  if (endpoint.EndpointConfigName !== newest?.endpointConfigName) {
    problems.push(
      `the endpoint serves ${endpoint.EndpointConfigName}, the champion's is ${newest?.endpointConfigName}`,
    );
  }
  return problems;
}

/** No run, release, lock or change is left open. */
async function nothingOpen(slot: Slot, { runs, releases }: Snapshot): Promise<string[]> {
  const { model, platform } = slot;
  const TableName = platform.tableName;
  const lock = await platform.clients.dynamo.send(
    new GetItemCommand({ TableName, Key: { PK: { S: `MODEL#${model}` }, SK: { S: 'LOCK#DEPLOY' } } }),
  );
  const problems = lock.Item ? [`the lock of deployments is held by ${lock.Item.releaseId?.S}`] : [];
  for (const { runId, status, reason } of runs) {
    if (OPEN_RUN_STATUSES.includes(status)) problems.push(`the run ${runId} is ${status}`);
    else if (status !== 'SUCCEEDED' && !reason) problems.push(`the run ${runId} is ${status} without a reason`);
  }
  for (const { releaseId, status, reason } of releases) {
    if (OPEN_RELEASE_STATUSES.includes(status)) problems.push(`the release ${releaseId} is ${status}`);
    else if (status !== 'SUCCEEDED' && !reason) problems.push(`the release ${releaseId} is ${status} without a reason`);
  }
  const pending = async (): Promise<number> => {
    const { Items = [] } = await platform.clients.dynamo.send(
      new QueryCommand({
        TableName,
        IndexName: 'GSI2',
        KeyConditionExpression: 'GSI2PK = :pending',
        ExpressionAttributeValues: { ':pending': { S: 'CHANGES#PENDING' } },
      }),
    );
    return Items.filter(({ detail }) => detail?.S?.includes(`"${model}"`)).length;
  };
  await slot
    .until('every change is published', async () => ((await pending()) === 0 ? true : undefined))
    .catch((error: Error) => problems.push(error.message));
  return problems;
}

/** Whatever SageMaker holds of the model belongs to a run, or to a release that serves or served. */
async function nothingOrphaned({ model, platform }: Slot, now: Snapshot, since: Date): Promise<string[]> {
  const { runs, deployments } = now;
  const client = platform.clients.sagemaker;
  const made = { NameContains: `${model}-`, CreationTimeAfter: since };
  const names: string[] = [];
  const busy: string[] = [];
  const jobs = (name: string | undefined, status: string | undefined): void => {
    names.push(name ?? '');
    if (status === 'InProgress') busy.push(name ?? '');
  };
  for await (const { ProcessingJobSummaries = [] } of paginateListProcessingJobs({ client }, made))
    for (const each of ProcessingJobSummaries) jobs(each.ProcessingJobName, each.ProcessingJobStatus);
  for await (const { TrainingJobSummaries = [] } of paginateListTrainingJobs({ client }, made))
    for (const each of TrainingJobSummaries) jobs(each.TrainingJobName, each.TrainingJobStatus);
  for await (const { TransformJobSummaries = [] } of paginateListTransformJobs({ client }, made))
    for (const each of TransformJobSummaries) jobs(each.TransformJobName, each.TransformJobStatus);
  for await (const { Models = [] } of paginateListModels({ client }, made))
    names.push(...Models.map(({ ModelName }) => ModelName!));
  for await (const { EndpointConfigs = [] } of paginateListEndpointConfigs({ client }, made))
    names.push(...EndpointConfigs.map(({ EndpointConfigName }) => EndpointConfigName!));
  const known = (name: string): boolean =>
    runs.some(({ runId }) => name.startsWith(`${runId}-`)) ||
    deployments.some(({ endpointConfigName }) => name === endpointConfigName);
  return [
    ...names.filter((name) => !known(name)).map((name) => `${name} in SageMaker belongs to nothing`),
    ...busy.map((name) => `the job ${name} still runs`),
  ];
}

/** None of the uploads in parts that are open stays so; another's may be under way. */
async function noOpenUploads({ platform }: Slot): Promise<string[]> {
  const { s3 } = platform.clients;
  const open = async (): Promise<Map<string, string>> => {
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    const lists = Buckets.map(({ Name }) => s3.send(new ListMultipartUploadsCommand({ Bucket: Name })));
    const uploads = (await Promise.all(lists)).flatMap(({ Uploads = [] }) => Uploads);
    return new Map(uploads.map(({ UploadId, Key }) => [UploadId!, Key!]));
  };
  const before = await open();
  if (before.size === 0) return [];
  await sleep(SETTLING_MS);
  const after = await open();
  return [...before].filter(([id]) => after.has(id)).map(([, key]) => `an upload in parts of ${key} was left open`);
}
