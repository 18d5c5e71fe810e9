import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { answerCloudFormation, type ResourceRequest } from '../shared/cloudformation';
import { publishPublicKey } from './publish-public-key';

const kms = new KMSClient({});

/** Custom resource: always answers, since CloudFormation otherwise waits until its time-out. */
export const handler = async (request: ResourceRequest): Promise<void> => {
  const answer = await publishPublicKey(request, async (KeyId) => {
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
    if (!PublicKey) throw new Error(`KMS answered no public key for ${KeyId}.`);
    return PublicKey;
  });
  await answerCloudFormation(request.ResponseURL, answer);
};
