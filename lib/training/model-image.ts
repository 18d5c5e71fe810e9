import { Fn, Stack, Token } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { DockerImageAsset, type DockerImageAssetOptions } from 'aws-cdk-lib/aws-ecr-assets';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { publishedImage } from './published-images';

/** Actions by which an image's layers are read. */
const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** A container image as jobs and models name it. */
export interface IModelImageConfig {
  /** URI with a tag or digest, `account.dkr.ecr.region.suffix/repository:tag`; may hold tokens. */
  readonly imageUri: string;
  /** ARN of the ECR repository; may end in a wildcard where the name is not known yet. @default - the registry is not ECR */
  readonly repositoryArn?: string;
  /** Pulling the image, as the roles of jobs and models must. */
  grantPull(grantee: IGrantable): Grant;
  /** Reading to which digest the tag points, as the plan of a run does. */
  grantPin(grantee: IGrantable): Grant;
}

class BoundImage implements IModelImageConfig {
  constructor(
    public readonly imageUri: string,
    public readonly repositoryArn?: string,
    private readonly repository?: IRepository,
  ) {}

  public grantPull(grantee: IGrantable): Grant {
    if (!this.repositoryArn) return Grant.drop(grantee, 'the image does not lie in ECR');
    const login = Grant.addToPrincipal({ grantee, actions: ['ecr:GetAuthorizationToken'], resourceArns: ['*'] });
    return this.grant(grantee, this.repositoryArn, PULL).combine(login);
  }

  public grantPin(grantee: IGrantable): Grant {
    if (!this.repositoryArn) return Grant.drop(grantee, 'the image does not lie in ECR');
    return this.grant(grantee, this.repositoryArn, ['ecr:BatchGetImage']);
  }

  private grant(grantee: IGrantable, repositoryArn: string, actions: string[]): Grant {
    if (this.repository) return this.repository.grant(grantee, ...actions);
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [repositoryArn] });
  }
}

/**
 * The container image in which a model is trained, transformed or served. Tags are resolved to digests when a run is
 * planned, so that what was evaluated is what serves.
 */
export abstract class ModelImage {
  /**
   * AWS's XGBoost image, for script mode and the built-in algorithm, in the stack's region.
   * @param version tag of the image. The sandbox has 3.2-0. Tags up to 1.0-1 end in `-cpu-py3`: give them whole.
   */
  public static xgboost(version: string = '3.2-0'): ModelImage {
    return new PublishedImage('sagemaker-xgboost', version);
  }

  /**
   * AWS's scikit-learn image, for script mode and processing, in the stack's region.
   * @param version version of the image, with or without the `-cpu-py3` in which AWS's tags end. The sandbox has 1.9-0.
   */
  public static scikitLearn(version: string = '1.9-0'): ModelImage {
    return new PublishedImage('sagemaker-scikit-learn', version.endsWith('-cpu-py3') ? version : `${version}-cpu-py3`);
  }

  /**
   * An image in an ECR repository of yours, in the stack's region.
   * @param tagOrDigest tag, or digest beginning with `sha256:`
   */
  public static fromEcrRepository(repository: IRepository, tagOrDigest: string): ModelImage {
    return new RepositoryImage(repository, tagOrDigest);
  }

  /**
   * An image built from a folder with a Dockerfile, when the app is deployed.
   * @param directory path of the folder
   */
  public static fromAsset(directory: string, options?: DockerImageAssetOptions): ModelImage {
    return new AssetImage(directory, options);
  }

  /**
   * An image by its URI, for registries in other accounts and regions; the repository's policy must let the job roles
   * pull.
   * @param uri `registry/repository:tag` or `registry/repository@sha256:…`; outside of ECR only with a digest
   */
  public static fromRegistryUri(uri: string): ModelImage {
    return new UriImage(uri);
  }

  /** Resolves the image in a scope. Called once for each use; repeated calls give the same image. */
  public abstract bind(scope: Construct): IModelImageConfig;
}

class PublishedImage extends ModelImage {
  constructor(
    private readonly repository: string,
    private readonly tag: string,
  ) {
    super();
    if (!/^\w[\w.-]{0,127}$/.test(tag)) {
      throw new Error(`A version of ${repository} is an image tag such as '3.2-0', received '${tag}'.`);
    }
  }

  public bind(scope: Construct): IModelImageConfig {
    const { uri, repositoryArn } = publishedImage(scope, this.repository);
    return new BoundImage(`${uri}:${this.tag}`, repositoryArn);
  }
}

class RepositoryImage extends ModelImage {
  constructor(
    private readonly repository: IRepository,
    private readonly tagOrDigest: string,
  ) {
    super();
    if (tagOrDigest === '') throw new Error('An image of an ECR repository needs a tag or a digest, received neither.');
  }

  public bind(): IModelImageConfig {
    const { repository } = this;
    const uri = repository.repositoryUriForTagOrDigest(this.tagOrDigest);
    return new BoundImage(uri, repository.repositoryArn, repository);
  }
}

class AssetImage extends ModelImage {
  private asset?: DockerImageAsset;

  constructor(
    private readonly directory: string,
    private readonly options?: DockerImageAssetOptions,
  ) {
    super();
  }

  public bind(scope: Construct): IModelImageConfig {
    // Built once, even where several jobs use it: a second stack gets its own asset of the same content.
    if (!this.asset || Stack.of(this.asset) !== Stack.of(scope)) {
      const id = `Image${scope.node.children.filter((child) => child instanceof DockerImageAsset).length || ''}`;
      this.asset = new DockerImageAsset(scope, id, { directory: this.directory, ...this.options });
    }
    return new BoundImage(this.asset.imageUri, this.asset.repository.repositoryArn, this.asset.repository);
  }
}

/** `<account>.dkr.ecr.<region>.<suffix>/<repository>`, followed by a tag or digest. */
const ECR_URI =
  /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+\/([a-z0-9][a-z0-9._/-]*)(:[\w][\w.-]*|@sha256:[0-9a-f]{64})$/;
const PINNED = /^[^\s@]+@sha256:[0-9a-f]{64}$/;

class UriImage extends ModelImage {
  constructor(private readonly uri: string) {
    super();
    if (Token.isUnresolved(uri) || ECR_URI.test(uri) || PINNED.test(uri)) return;
    throw new Error(
      `An image URI is '<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>' or ends in '@sha256:<64 hex>', ` +
        `received '${uri}'. Pin an image outside of ECR by its digest, or copy it to ECR.`,
    );
  }

  public bind(scope: Construct): IModelImageConfig {
    const stack = Stack.of(scope);
    const arn = (account: string, region: string, name: string): string =>
      stack.formatArn({ service: 'ecr', account, region, resource: 'repository', resourceName: name });
    if (Token.isUnresolved(this.uri)) return new BoundImage(this.uri, tokenArn(this.uri, arn));
    const match = ECR_URI.exec(this.uri);
    return new BoundImage(this.uri, match ? arn(match[1]!, match[2]!, match[3]!) : undefined);
  }
}

/** Takes the URI apart when it is deployed: a parameter's value is not known before. Assumes a tag, not a digest. */
function tokenArn(uri: string, arn: (account: string, region: string, name: string) => string): string {
  const host = Fn.select(0, Fn.split('/', uri));
  const part = (index: number): string => Fn.select(index, Fn.split('.', host));
  return arn(part(0), part(3), '*');
}
