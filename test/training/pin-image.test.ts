import { ECRClient } from '@aws-sdk/client-ecr';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pinImage } from '../../lambdas/shared/ecr.client';

const HOST = '141502667606.dkr.ecr.eu-west-1.amazonaws.com';
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** Answers ECR's calls in place of the service, and keeps what was asked and where. */
function answer(respond: () => object) {
  const asked: { region: string; input: object }[] = [];
  vi.spyOn(ECRClient.prototype, 'send').mockImplementation(async function (
    this: ECRClient,
    command: { input: object },
  ) {
    asked.push({ region: await this.config.region(), input: command.input });
    return respond();
  } as never);
  return asked;
}

const fail = (name: string) => () => {
  throw Object.assign(new Error(name), { name });
};

afterEach(() => vi.restoreAllMocks());

describe('pinning an image', () => {
  it('asks the registry in the image’s own account and region which digest the tag has', async () => {
    const asked = answer(() => ({ images: [{ imageId: { imageTag: '3.2-0', imageDigest: DIGEST } }] }));
    expect(await pinImage(`${HOST}/sagemaker-xgboost:3.2-0`)).toBe(`${HOST}/sagemaker-xgboost@${DIGEST}`);
    expect(asked).toMatchObject([
      {
        region: 'eu-west-1',
        input: {
          registryId: '141502667606',
          repositoryName: 'sagemaker-xgboost',
          imageIds: [{ imageTag: '3.2-0' }],
        },
      },
    ]);
  });

  it('leaves what is pinned as it is, asking nobody', async () => {
    const asked = answer(() => ({}));
    for (const uri of [`${HOST}/team/mine@${DIGEST}`, `registry.example.com/mine@${DIGEST}`]) {
      expect(await pinImage(uri)).toBe(uri);
    }
    expect(asked).toEqual([]);
  });

  it('says what to do where there is no such tag', async () => {
    answer(() => ({ images: [], failures: [{ failureReason: 'Requested image not found' }] }));
    await expect(pinImage(`${HOST}/sagemaker-xgboost:9.9-9`)).rejects.toMatchObject({
      name: 'NotFound',
      message: expect.stringMatching(/9\.9-9' was not found: Requested image not found.*tag '9\.9-9' in eu-west-1/),
    });
  });

  it('says what to do where there is no such repository, or it may not be read', async () => {
    answer(fail('RepositoryNotFoundException'));
    await expect(pinImage(`${HOST}/mine:v1`)).rejects.toThrow(/repository .* was not found\. See whether 'mine'/);
    answer(fail('AccessDeniedException'));
    await expect(pinImage(`${HOST}/mine:v1`)).rejects.toThrow(/Allow ecr:BatchGetImage on its repository/);
  });

  it('passes on what a retry may mend', async () => {
    answer(fail('ServerException'));
    await expect(pinImage(`${HOST}/mine:v1`)).rejects.toMatchObject({ name: 'ServerException' });
  });

  it.each(['python:3.12', `${HOST}/mine`, 'registry.example.com/mine:v1', ''])('refuses %j', async (uri) => {
    await expect(pinImage(uri)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(`'${uri}'`),
    });
  });
});
