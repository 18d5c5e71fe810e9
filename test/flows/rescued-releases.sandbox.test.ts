import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, expect, inject, test } from 'vitest';
import { CHANGE, type ReleaseRecord } from '../../lib/registry/contract';
import { askAsCloudFormation } from './support/cloudformation';
import { csv, file, rows } from './support/files';
import { pollUntil } from './support/flows';
import { FRAIL } from './support/names';
import { endpointIs, openRescue, type Rescue } from './support/rescue';

const SWEEP = 'Release/Triggers/SweepReleases';
const SETTLE = 'Release/Triggers/SettleRelease';
const EXECUTION_ENDED = 'Step Functions Execution Status Change';
const BROKEN = `${FRAIL}-broken`;

let rescue: Rescue;
let endpoint: string;
/** The version that serves, and the one that is to take its place. */
let champion: number;
let challenger: number;

beforeAll(async () => {
  rescue = await openRescue(inject('sandbox'));
  endpoint = rescue.parts.endpointName;
  const pushed = await rescue.flows.mlops('data', 'push', FRAIL, await file('frail.csv', csv(rows(60, 41))));
  expect(pushed.code, pushed.stderr).toBe(0);
  [champion, challenger] = [await train('0.001'), await train('0.002')] as const;
});

async function train(mark: string): Promise<number> {
  const { runId } = await rescue.platform.registry.startRun(FRAIL, { parameters: { mark } });
  const run = await rescue.runEnds(runId, 1);
  expect(run.status, run.reason).toBe('SUCCEEDED');
  return run.version!;
}

const request = async (version: number): Promise<string> =>
  (await rescue.platform.registry.requestRelease(FRAIL, version)).releaseId;

/** Waits for the end of a release; its states wait for a twentieth of their time. */
const ends = (releaseId: string): Promise<ReleaseRecord> =>
  pollUntil(`the release ${releaseId} ends`, async () => {
    const release = await rescue.platform.registry.release(releaseId);
    return ['SUCCEEDED', 'FAILED', 'STOPPED', 'REJECTED'].includes(release.status) ? release : undefined;
  });

const at = (state: string) => ({ on: 'state', machine: rescue.parts.release.name, state }) as const;

/** Puts an endpoint that can't serve in place of the one that there is. */
async function breakEndpoint(): Promise<void> {
  const { sagemaker } = rescue.flows;
  await sagemaker.send(new DeleteEndpointCommand({ EndpointName: endpoint }));
  await endpointIs(rescue, endpoint, undefined);
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: endpoint, EndpointConfigName: BROKEN }));
  await endpointIs(rescue, endpoint, 'Failed');
}

/** A config whose model has no script to serve with. */
async function makeBrokenConfig(config: string): Promise<void> {
  const { sagemaker } = rescue.flows;
  const { ProductionVariants = [] } = await sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: config }),
  );
  const { ModelName } = ProductionVariants[0]!;
  const { ExecutionRoleArn, PrimaryContainer } = await sagemaker.send(new DescribeModelCommand({ ModelName }));
  const { Image, ModelDataUrl, Environment } = PrimaryContainer!;
  const container = { Image, ModelDataUrl, Environment: { ...Environment, SAGEMAKER_PROGRAM: 'missing.py' } };
  await sagemaker.send(new CreateModelCommand({ ModelName: BROKEN, ExecutionRoleArn, PrimaryContainer: container }));
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: BROKEN,
      ProductionVariants: [{ ...ProductionVariants[0]!, ModelName: BROKEN }],
    }),
  );
}

/** Aborts a release of the challenger once it is deployed, so that nothing hears of it. */
async function abortUnheard(): Promise<{ releaseId: string; config: string }> {
  const releaseId = await request(challenger);
  const release = await pollUntil('the execution is aborted', async () => {
    const found = await rescue.platform.registry.release(releaseId);
    if (!found.executionArn) return undefined;
    const { status } = await rescue.flows.sfn.send(new DescribeExecutionCommand({ executionArn: found.executionArn }));
    return status === 'ABORTED' ? found : undefined;
  });
  const { names } = release.steps.find(({ step }) => step === 'Deploy')!.output as {
    names: { endpointConfig: string };
  };
  return { releaseId, config: names.endpointConfig };
}

const rollBack = (releaseId: string) =>
  rescue.flows.invoke(FRAIL, /ReleaseFunctionsRollBack/, { releaseId }) as Promise<{ done: boolean }>;

const swept = (releaseId: string, to: string) =>
  pollUntil(`the sweeper hands ${releaseId} on`, async () =>
    (await rescue.sweep(SWEEP)).handed.some((each: object) => JSON.stringify(each).includes(releaseId))
      ? to
      : undefined,
  );

test('a release whose request got lost is begun by the sweeper', async () => {
  await rescue.under([rescue.lost('Release/Triggers/StartRelease', CHANGE.releaseRequested)], async () => {
    const releaseId = await request(champion);
    await swept(releaseId, 'start');
    const release = await ends(releaseId);
    expect(release.status, release.reason).toBe('SUCCEEDED');
  });
  const { config } = await rescue.flows.serving(FRAIL);
  await makeBrokenConfig(config!);
});

test('a deployment that fails is rolled back, and the champion stays', async () => {
  const before = await rescue.flows.serving(FRAIL);
  const fault = { ...at('UpdateEndpoint'), fault: 'error', error: 'Unknown.Problem', cause: 'no capacity' } as const;
  const release = await rescue.under(
    [fault, { ...at('AwaitRollBack'), fault: 'haste', factor: 0.05, times: 0 }],
    async () => ends(await request(challenger)),
  );
  expect(release.status).toBe('FAILED');
  expect(release.reason).toContain('no capacity');
  expect(await rescue.flows.serving(FRAIL)).toEqual(before);
});

/** What holds while releases of the challenger are aborted after their deployment, and no event tells of it. */
const aborting = (state: string) => [{ ...at(state), fault: 'abort' } as const, rescue.lost(SETTLE, EXECUTION_ENDED)];

test('an endpoint on the config of an aborted release goes back to the one before', async () => {
  const before = await rescue.flows.serving(FRAIL);
  await rescue.under(aborting('SmokeTest'), async () => {
    const { releaseId, config } = await abortUnheard();
    expect((await rescue.flows.serving(FRAIL)).config).toBe(config);
    expect(await rollBack(releaseId)).toEqual({ done: false });
    await endpointIs(rescue, endpoint, 'InService');
    expect((await rescue.flows.serving(FRAIL)).config).toBe(before.config);
    // Somebody puts it on the aborted release's config once more: the sweeper's helper finds that too.
    const again = { EndpointName: endpoint, EndpointConfigName: config };
    await rescue.flows.sagemaker.send(new UpdateEndpointCommand(again));
    await endpointIs(rescue, endpoint, 'InService');
    await swept(releaseId, 'settle');
    expect((await ends(releaseId)).status).toBe('STOPPED');
  });
  expect(await rescue.flows.serving(FRAIL)).toEqual(before);
});

test('an endpoint that broke meanwhile is made anew on the way back', async () => {
  const before = await rescue.flows.serving(FRAIL);
  // In the middle of its step: the record of that is closed with the release.
  await rescue.under(aborting('ReadBack'), async () => {
    const { releaseId } = await abortUnheard();
    await endpointIs(rescue, endpoint, 'InService');
    await breakEndpoint();
    expect(await rollBack(releaseId)).toEqual({ done: false });
    await endpointIs(rescue, endpoint, undefined);
    expect(await rollBack(releaseId)).toEqual({ done: false });
    await endpointIs(rescue, endpoint, 'InService');
    expect(await rollBack(releaseId)).toEqual({ done: true });
    await breakEndpoint();
    await swept(releaseId, 'settle');
    expect((await ends(releaseId)).status).toBe('STOPPED');
  });
  expect(await rescue.flows.serving(FRAIL)).toEqual(before);
});

test('an endpoint that has failed makes way for a release, which captures what it is asked', async () => {
  await breakEndpoint();
  const haste = { ...at('AwaitTurn'), fault: 'haste', factor: 0.05, times: 0 } as const;
  const release = await rescue.under([haste], async () => ends(await request(challenger)));
  expect(release.status, release.reason).toBe('SUCCEEDED');
  expect(await rescue.flows.serving(FRAIL)).toMatchObject({ status: 'InService', champion: challenger });

  const asked = await rescue.flows.mlops('invoke', FRAIL, await file('row.csv', '120,41\n'));
  expect(asked.code, asked.stderr).toBe(0);
  const { bucket: Bucket } = await rescue.platform.registry.openUpload(FRAIL);
  const list = new ListObjectsV2Command({ Bucket, Prefix: `captures/${endpoint}/` });
  await pollUntil('the request is captured', async () => (await rescue.flows.s3.send(list)).Contents?.[0]?.Key);
});

test('a stack that goes takes its endpoint along where it may', async () => {
  const { platform, flows } = rescue;
  const properties = { endpointName: endpoint, deleteEndpoint: 'true', namePrefix: `${FRAIL}-v` };
  const { config } = await flows.serving(FRAIL);
  const guard = rescue.fn('Endpoint/Guard/Function');
  const answer = await askAsCloudFormation(platform, guard, { RequestType: 'Delete', ResourceProperties: properties });
  expect(answer).toMatchObject({ Status: 'SUCCESS' });
  await endpointIs(rescue, endpoint, undefined);
  const gone = flows.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: config }));
  await expect(gone).rejects.toThrow(/Could not find/);
});
