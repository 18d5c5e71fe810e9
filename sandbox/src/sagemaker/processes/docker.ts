import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { ContainerImage, ContainerSpec } from './container-spec';

const run = promisify(execFile);
const ANSWER_MS = 10_000;
const PULL_MS = 30 * 60_000;
const SERVING_PORT = 8080;

/** The image cannot be run: no engine answers, or it does not have the image and cannot pull it. */
export class DockerFailure extends Error {}

/** How the sandbox's limits and AWS's variables reach a container of an engine. */
export interface DockerLimits {
  readonly environment: Record<string, string>;
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface DockerRun {
  readonly command: string[];
  /** SIGTERM now, SIGKILL after the grace time, as `docker stop` does. */
  stop(graceMs: number): Promise<void>;
  /** Takes away what is left of the container. */
  remove(): void;
}

/** The settings by which the CLI finds its engine. */
export const dockerSettings = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[0].startsWith('DOCKER_') && entry[1] !== undefined,
    ),
  );

/** Serving containers have a network of their own, in which the machine has another name. */
export const dockerEndpoint = (endpointUrl: string, spec: ContainerSpec) =>
  spec.publish === undefined ? endpointUrl : endpointUrl.replace('127.0.0.1', 'host.docker.internal');

/**
 * The command line that runs an image under the container contract. Jobs share the machine's network, where the
 * sandbox's endpoint is; containers that serve get one of their own, so that each can listen at 8080.
 * @throws DockerFailure
 */
export async function dockerRun(spec: ContainerSpec, image: ContainerImage, limits: DockerLimits): Promise<DockerRun> {
  await engine();
  await present(image.uri, spec.onLine);
  const name = `sagemaker-${spec.label?.host ?? 'container'}-${randomBytes(6).toString('hex')}`;
  const environment = Object.entries({ ...limits.environment, ...spec.environment });
  const [entrypoint, ...first] = image.entrypoint ?? [];
  const command = [
    ...['docker', 'run', '--rm', '--init', '--name', name],
    ...['--volume', `${spec.folder}:/opt/ml`],
    ...['--cpus', String(limits.cpus), '--memory', `${limits.memoryBytes}b`, '--memory-swap', `${limits.memoryBytes}b`],
    ...networkOptions(spec),
    ...environment.flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...(entrypoint ? ['--entrypoint', entrypoint] : []),
    image.uri,
    ...first,
    ...spec.command,
  ];
  return {
    command,
    stop: async (graceMs) => {
      await run('docker', ['stop', '--time', String(Math.ceil(graceMs / 1000)), name]).catch(() => undefined);
    },
    remove: () => void run('docker', ['rm', '--force', name]).catch(() => undefined),
  };
}

function networkOptions({ networkIsolation, publish, network }: ContainerSpec): string[] {
  const host = network ? ['--hostname', network.hostName] : [];
  const hosts = Object.entries(network?.hosts ?? {}).flatMap(([name, address]) => ['--add-host', `${name}:${address}`]);
  if (publish !== undefined) {
    const reachable = networkIsolation ? [] : ['--add-host', 'host.docker.internal:host-gateway'];
    return ['--publish', `127.0.0.1:${publish}:${SERVING_PORT}`, ...host, ...reachable];
  }
  if (networkIsolation) return ['--network', 'none', ...host];
  return ['--network', 'host', ...hosts];
}

async function engine(): Promise<void> {
  const version = ['version', '--format', '{{.Server.Version}}'];
  await run('docker', version, { timeout: ANSWER_MS }).catch((error: Error & { stderr?: string }) => {
    throw new DockerFailure(
      `the image is mapped to docker, but no Docker engine answers (${firstLine(error)}): start one, or map the image ` +
        'to a local runtime',
    );
  });
}

async function present(uri: string, onLine: (line: string) => void): Promise<void> {
  const found = await run('docker', ['image', 'inspect', uri], { timeout: ANSWER_MS }).catch(() => undefined);
  if (found) return;
  onLine(`[sandbox] Pulling ${uri}.`);
  await run('docker', ['pull', uri], { timeout: PULL_MS }).catch((error: Error & { stderr?: string }) => {
    throw new DockerFailure(`the image ${uri} could not be pulled: ${firstLine(error)}`);
  });
}

const firstLine = ({ stderr, message }: Error & { stderr?: string }) =>
  (stderr || message).trim().split('\n')[0]!.slice(0, 300);
