import { BatchGetImageCommand, type BatchGetImageCommandOutput, ECRClient } from '@aws-sdk/client-ecr';
import { InvalidInput, isNamed, NotFound } from './errors';

const PINNED = /^[^\s@]+@sha256:[0-9a-f]{64}$/;
const ECR_URI =
  /^(?<registry>(?<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.[a-z0-9.-]+)\/(?<repository>[a-z0-9][a-z0-9._/-]*):(?<tag>\w[\w.-]{0,127})$/;

/** What may stand behind a tag: an image, or a list of images by platform. ECR answers nothing for other types. */
const MEDIA_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
];

/** Images live in their own region, which need not be the function's. */
const clients = new Map<string, ECRClient>();
const clientIn = (region: string): ECRClient => {
  const client = clients.get(region) ?? new ECRClient({ region });
  clients.set(region, client);
  return client;
};

/**
 * The image by digest, `registry/repository@sha256:…`, to which its tag points now. A URI that is pinned already comes
 * back as it is. BatchGetImage is the one call that AWS's own image repositories allow to everyone.
 */
export const pinImage = async (uri: string): Promise<string> => {
  if (PINNED.test(uri)) return uri;
  const parts = ECR_URI.exec(uri)?.groups;
  if (!parts) {
    throw new InvalidInput(
      `Only images in ECR can be pinned by tag, as <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>; ` +
        `received '${uri}'. Give another registry's image by its digest.`,
    );
  }
  const { registry, repository, tag } = parts;
  const { images, failures } = await describe(uri, parts);
  const digest = images?.find((image) => image.imageId?.imageTag === tag)?.imageId?.imageDigest;
  if (digest) return `${registry}/${repository}@${digest}`;
  const why = failures?.[0]?.failureReason ?? 'ECR knows no such tag';
  throw new NotFound(`The image '${uri}' was not found: ${why}. ${whatToDo(parts)}`);
};

const describe = async (uri: string, parts: Record<string, string>): Promise<BatchGetImageCommandOutput> => {
  const command = new BatchGetImageCommand({
    registryId: parts.account!,
    repositoryName: parts.repository!,
    imageIds: [{ imageTag: parts.tag! }],
    acceptedMediaTypes: MEDIA_TYPES,
  });
  try {
    return await clientIn(parts.region!).send(command);
  } catch (cause) {
    if (isNamed(cause, 'RepositoryNotFoundException')) {
      throw new NotFound(`The repository of the image '${uri}' was not found. ${whatToDo(parts)}`, { cause });
    }
    if (isNamed(cause, 'AccessDeniedException')) {
      throw new NotFound(
        `The image '${uri}' may not be read. Allow ecr:BatchGetImage on its repository, to this function's role and, ` +
          'in another account, in the repository policy.',
        { cause },
      );
    }
    throw cause;
  }
};

const whatToDo = ({ region, repository, tag }: Record<string, string>): string =>
  `See whether '${repository}' has the tag '${tag}' in ${region}, or choose another version of the image.`;
