import { createHash } from 'node:crypto';
import { validationError } from './api/errors';

/** The local runtimes that stand for AWS's framework images. */
export const RUNTIMES = ['xgboost', 'scikit-learn', 'docker'] as const;
/** `docker` stands for no local runtime: a Docker engine runs the image itself. */
export type Runtime = (typeof RUNTIMES)[number];

export interface KnownImage {
  readonly repository: string;
  readonly tag: string;
  readonly runtime: Runtime;
}

// AWS publishes these images in its own registries, in another account per region.
const PUBLISHED: KnownImage[] = [
  { repository: 'sagemaker-xgboost', tag: '3.2-0', runtime: 'xgboost' },
  { repository: 'sagemaker-xgboost', tag: '3.2-0-cpu-py3', runtime: 'xgboost' },
  { repository: 'sagemaker-scikit-learn', tag: '1.9-0', runtime: 'scikit-learn' },
  { repository: 'sagemaker-scikit-learn', tag: '1.9-0-cpu-py3', runtime: 'scikit-learn' },
];

/** What an image URI resolved to. */
export interface ResolvedImage {
  readonly runtime: Runtime;
  /** The URI by digest, as DescribeEndpoint shows it. */
  readonly resolved: string;
}

/** The digest of a runtime's definition: it changes when what the runtime does changes. */
export const digestOf = (runtime: Runtime, definition: string) =>
  `sha256:${createHash('sha256').update(`${runtime}\n${definition}`).digest('hex')}`;

export class ImageMap {
  /** `definition` identifies what runs inside: the worker sources and the Python environment. */
  constructor(
    private readonly definition: string,
    private readonly extra: Record<string, string> = {},
  ) {
    for (const [prefix, runtime] of Object.entries(extra)) {
      if (!(RUNTIMES as readonly string[]).includes(runtime)) {
        throw new Error(`Image ${prefix} is mapped to the unknown runtime '${runtime}': use ${RUNTIMES.join(', ')}.`);
      }
    }
  }

  list(): { repository: string; tag: string; digest: string }[] {
    return PUBLISHED.map(({ repository, tag, runtime }) => ({ repository, tag, digest: this.digest(runtime) }));
  }

  /** The runtime of an image URI, or a ValidationException that says what is mapped and how to map more. */
  resolve(uri: string): ResolvedImage {
    const runtime = this.extraRuntime(uri) ?? this.publishedRuntime(uri);
    if (!runtime) throw validationError(this.refusal(uri));
    // Which image that is, the engine knows.
    if (runtime === 'docker') return { runtime, resolved: uri };
    const repository = uri.replace(/@sha256:.*$/, '').replace(/:[^/:]*$/, '');
    return { runtime, resolved: `${repository}@${this.digest(runtime)}` };
  }

  private digest(runtime: Runtime): string {
    return digestOf(runtime, this.definition);
  }

  private extraRuntime(uri: string): Runtime | undefined {
    // A prefix of the whole URI, or of what follows the registry, which is another in each region.
    const repository = uri.slice(uri.indexOf('/') + 1);
    const prefixes = Object.keys(this.extra).filter((each) => uri.startsWith(each) || repository.startsWith(each));
    const longest = prefixes.sort((a, b) => b.length - a.length)[0];
    return longest === undefined ? undefined : (this.extra[longest] as Runtime);
  }

  private publishedRuntime(uri: string): Runtime | undefined {
    const match = /^(?:[^/]+\/)?([^/:@]+)(?::([^/@]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(uri);
    if (!match) return undefined;
    const [, repository, tag, digest] = match;
    const candidates = PUBLISHED.filter((image) => image.repository === repository);
    if (digest) return candidates.find((image) => this.digest(image.runtime) === digest)?.runtime;
    return candidates.find((image) => tag === image.tag || tag?.startsWith(`${image.tag}-`))?.runtime;
  }

  private refusal(uri: string): string {
    const mapped = [...PUBLISHED.map(({ repository, tag }) => `${repository}:${tag}`), ...Object.keys(this.extra)];
    return (
      `The sandbox has no local runtime for the image '${uri}'. Mapped are ${mapped.join(', ')} (of any registry), ` +
      `and these by their sandbox digest. To run another image on a local runtime, map it when the sandbox starts: by ` +
      `--image '${uri.split('/').at(-1)}=${RUNTIMES[1]}', or in mlops.sandbox.json beside package.json, for example ` +
      `{"images": {"${uri.split('/').at(-1)}": "${RUNTIMES[1]}"}}; ` +
      `runtimes are ${RUNTIMES.join(', ')}, of which 'docker' runs the image itself, in a Docker engine.`
    );
  }
}
