import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { messageOf, runtimeValidationError } from '../api/errors';
import type { Scope } from '../api/scope';
import { joinS3 } from '../aws/s3';
import type { Context } from '../context';
import type { InstanceSize } from '../processes/instance-types';
import type { Resource } from '../state/store';
import { ServedContainer } from './served-container';
import type { ServingSpec } from './serving';

/** Models of a multi-model container that are loaded at once; the one unused for longest makes room. */
const LOADED_MODELS = 8;

/** What a request says about whom it is for. */
export interface Target {
  /** `TargetModel`: the model's archive below the container's prefix. */
  readonly model?: string;
  /** `TargetContainerHostname`. */
  readonly container?: string;
}

/** Where the containers of one variant run. */
export interface ServerPlace {
  readonly context: Context;
  readonly endpoint: string;
  readonly variant: string;
  readonly scope: Scope;
  readonly folder: string;
  readonly healthCheckSeconds?: number;
  readonly size?: InstanceSize;
  readonly onLine: (line: string) => void;
  readonly ready: () => Promise<void> | undefined;
}

/** The containers of one model, and which of them answer a request, one after the other. */
export interface ModelServer {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** @throws ApiError ValidationError where the model has no such target. */
  route(target: Target): Promise<readonly ServedContainer[]>;
  readonly pids: readonly number[];
}

// biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
type Definition = Record<string, any>;

export const containersOf = ({ describe }: Resource): Definition[] =>
  describe.PrimaryContainer ? [describe.PrimaryContainer] : describe.Containers;

export function modelServer(model: Resource, place: ServerPlace): ModelServer {
  const definitions = containersOf(model);
  const { EnableNetworkIsolation, InferenceExecutionConfig } = model.describe;
  const isolated = EnableNetworkIsolation === true;
  if (definitions[0]!.Mode === 'MultiModel') return new MultiModelServer(definitions[0]!, isolated, place);
  return new Containers(definitions, isolated, InferenceExecutionConfig?.Mode === 'Direct', place);
}

function specOf(container: Definition, networkIsolation: boolean, place: ServerPlace, folder: string): ServingSpec {
  const { scope, healthCheckSeconds, size, onLine, ready } = place;
  const label = { name: place.endpoint, kind: 'endpoint', host: place.variant } as const;
  return { container, networkIsolation, scope, folder, healthCheckSeconds, size, label, onLine, ready };
}

/** One container, several in a row of which each is given what the one before answered, or several called by name. */
class Containers implements ModelServer {
  private readonly containers: ServedContainer[];

  constructor(
    definitions: Definition[],
    isolated: boolean,
    private readonly direct: boolean,
    place: ServerPlace,
  ) {
    const alone = definitions.length === 1;
    this.containers = definitions.map((definition, index) => {
      const folder = alone ? place.folder : join(place.folder, String(index + 1));
      const name = definition.ContainerHostname ?? (alone ? 'primary' : `container-${index + 1}`);
      return new ServedContainer(place.context, name, place, specOf(definition, isolated, place, folder));
    });
  }

  async start(): Promise<void> {
    await Promise.all(this.containers.map((container) => container.start()));
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.containers.map((container) => container.stop()));
  }

  async route({ model, container }: Target): Promise<readonly ServedContainer[]> {
    if (model !== undefined) {
      throw runtimeValidationError('TargetModel is given, but the endpoint serves no multi-model container.');
    }
    if (!this.direct) {
      if (container === undefined) return this.containers;
      throw runtimeValidationError('TargetContainerHostname is given, but the model runs in no Direct mode.');
    }
    const found = this.containers.find(({ name }) => name === container);
    if (found) return [found];
    const names = this.containers.map(({ name }) => name).join(', ');
    throw runtimeValidationError(
      container === undefined
        ? `TargetContainerHostname is needed: the model runs in Direct mode. Its containers are ${names}.`
        : `Container ${container} not found for Request. The model's containers are ${names}.`,
    );
  }

  get pids(): readonly number[] {
    return this.containers.map(({ serving }) => serving?.process.pid ?? 0);
  }
}

/** A process a model: one is loaded when it is first asked for, and unloaded when others need the room. */
class MultiModelServer implements ModelServer {
  /** In the order of their last use. */
  private readonly loaded = new Map<string, Promise<ServedContainer>>();

  constructor(
    private readonly definition: Definition,
    private readonly isolated: boolean,
    private readonly place: ServerPlace,
  ) {}

  /** There is nothing to load before a request names its model. */
  async start(): Promise<void> {}

  async stop(): Promise<void> {
    const containers = [...this.loaded.values()];
    this.loaded.clear();
    await Promise.allSettled(containers.map(async (container) => (await container).stop()));
  }

  async route({ model }: Target): Promise<readonly ServedContainer[]> {
    if (model === undefined) {
      throw runtimeValidationError('TargetModel is needed: the endpoint serves a multi-model container.');
    }
    const container = this.loaded.get(model) ?? this.load(model);
    this.loaded.delete(model);
    this.loaded.set(model, container);
    this.makeRoom();
    return [await container];
  }

  get pids(): readonly number[] {
    return [];
  }

  private load(model: string): Promise<ServedContainer> {
    const { context, folder } = this.place;
    const key = createHash('sha256').update(model).digest('hex').slice(0, 16);
    const definition = {
      ...this.definition,
      ModelDataUrl: joinS3(this.definition.ModelDataUrl, model.replace(/^\//, '')),
    };
    const spec = specOf(definition, this.isolated, this.place, join(folder, key));
    const container = new ServedContainer(context, 'primary', this.place, spec);
    const loading = container.start().then(
      () => container,
      async (error) => {
        this.loaded.delete(model);
        await container.stop();
        throw runtimeValidationError(`${messageOf(error)} (TargetModel ${model})`);
      },
    );
    this.loaded.set(model, loading);
    return loading;
  }

  private makeRoom(): void {
    const [oldest] = this.loaded;
    if (!oldest || this.loaded.size <= LOADED_MODELS) return;
    this.loaded.delete(oldest[0]);
    void oldest[1].then((container) => container.stop()).catch(() => undefined);
  }
}
