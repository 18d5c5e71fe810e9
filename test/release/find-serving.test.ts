import { describe, expect, it } from 'vitest';
import { differencesOf, findServing, isVersion } from '../../lambdas/release/find-serving';
import type { LiveEndpoint, LiveModel, Serving } from '../../lambdas/release/serving.client';
import { sha, versionRecord } from './fakes';

const version = versionRecord();
const released = { version: 3, releaseId: 'credit-1', endpointConfigName: 'credit-v3-abcdef' };
const { image } = version;
const other = `elsewhere/xgboost@sha256:${sha('other')}`;
const variant = { name: 'AllTraffic', weight: 1, images: [image] };
const made: LiveModel = { images: [image], archiveUri: version.archive.uri, environment: version.environment };
const right: LiveEndpoint = {
  status: 'InService',
  config: released.endpointConfigName,
  changedAt: '2026-01-01T00:00:00.000Z',
  variants: [variant],
};

const servingOf = (endpoint: LiveEndpoint | undefined, model: LiveModel | undefined = made): Serving => ({
  endpoint: async () => endpoint,
  modelsOf: async () => new Map((endpoint?.variants ?? []).map(({ name }) => [name, 'credit-v3-abcdef'])),
  model: async () => model,
});
const differences = async (serving: Serving) =>
  differencesOf((await findServing('credit', serving))!, released, version);

describe('what differs from what was released', () => {
  it('is nothing where config, archive, images and environment are the same, in whatever registry the image lies', async () => {
    expect(await differences(servingOf(right))).toEqual([]);
    const mirrored = { ...made, images: [`mirror/xgboost@sha256:${sha('image')}`] };
    expect(await differences(servingOf(right, mirrored))).toEqual([]);
  });

  it('is nothing where config or model were deleted under the endpoint, which serves on', async () => {
    const none = { ...servingOf(right), modelsOf: async () => undefined };
    expect(await differences(none)).toEqual([]);
    expect(await differences({ ...servingOf(right), model: async () => undefined })).toEqual([]);
  });

  it.each<[string, Partial<LiveEndpoint>, Partial<LiveModel>, string]>([
    ['another config', { config: 'mine' }, {}, 'the endpoint config is mine, released was credit-v3-abcdef'],
    ['another archive', {}, { archiveUri: 's3://mine/x' }, 'the archive is s3://mine/x, released was s3://artifacts/'],
    ['another image', {}, { images: [other] }, `the image is ${other}, released was`],
    ['another image that runs', { variants: [{ ...variant, images: [other] }] }, {}, `the image is ${other}`],
    ['another environment', {}, { environment: { DEBUG: '1' } }, "the model's environment is not the released one"],
    [
      'a second variant',
      {
        variants: [
          { ...variant, weight: 3 },
          { ...variant, name: 'Mine' },
        ],
      },
      {},
      '2 variants share the requests (AllTraffic 75 %, Mine 25 %), released was one',
    ],
    ['a weight of nothing', { variants: [{ ...variant, weight: 0 }] }, {}, 'the variant AllTraffic takes no requests'],
    ['an endpoint that failed', { status: 'Failed' }, {}, 'the endpoint is Failed'],
    ['an endpoint on its way out', { status: 'Deleting' }, {}, 'the endpoint is deleted'],
  ])('is %s, with both values', async (_, endpoint, model, difference) => {
    const found = await differences(servingOf({ ...right, ...endpoint }, { ...made, ...model }));
    expect(found).toEqual([expect.stringContaining(difference)]);
  });

  it('is that there is no endpoint', async () => {
    expect(await differences(servingOf(undefined))).toEqual(['the endpoint is deleted']);
  });

  it.each(['Creating', 'Updating', 'SystemUpdating', 'RollingBack'])('is not told while it is %s', async (status) => {
    expect(await findServing('credit', servingOf({ ...right, status }))).toBeUndefined();
  });
});

describe('a version that serves out of band', () => {
  it('is known by its archive and image, and by both', async () => {
    const found = async (model: Partial<LiveModel>) =>
      (await findServing('credit', servingOf({ ...right, config: 'mine' }, { ...made, ...model })))!;
    expect(isVersion(await found({}), version)).toBe(true);
    expect(isVersion(await found({ archiveUri: 's3://mine' }), version)).toBe(false);
    expect(isVersion(await found({ images: [other] }), version)).toBe(false);
  });
});
