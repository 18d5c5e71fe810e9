import type { Scope } from '../api/scope';
import type { InstanceSize } from './instance-types';
import type { ContainerNetwork } from './isolation';
import type { Usage } from './meter';

/** What a container is, for who looks at the sandbox. */
export interface ContainerLabel {
  /** The job or endpoint. */
  readonly name: string;
  readonly kind: 'training-job' | 'processing-job' | 'transform-job' | 'endpoint';
  /** Which of its instances, for example `algo-1`, or the variant. */
  readonly host: string;
}

/** An image that a Docker engine runs. */
export interface ContainerImage {
  readonly uri: string;
  /** Replaces the image's own. */
  readonly entrypoint?: readonly string[];
}

/** How to start one process under the container contract. */
export interface ContainerSpec {
  /** The folder that stands for /opt/ml. */
  readonly folder: string;
  /** Command, arguments, working directory and environment may name /opt/ml paths. */
  readonly command: string[];
  readonly cwd: string;
  readonly environment: Record<string, string>;
  /** Cut off from the network where the kernel can; in any case without AWS credentials. */
  readonly networkIsolation: boolean;
  readonly scope: Scope;
  /** Each line that the process writes, with where it wrote it, and notes about how it runs. */
  readonly onLine: (line: string, from?: 'stdout' | 'stderr') => void;
  /** Settles when more lines can be taken; until then the process has to wait. @default always */
  readonly ready?: () => Promise<void> | undefined;
  /** Keeps stdin open, so that the process can tell when the sandbox is gone. */
  readonly watchdog?: boolean;
  readonly label?: ContainerLabel;
  /** The most CPUs and memory that it may use, beside the machine's own. @default the machine's */
  readonly size?: InstanceSize;
  readonly network?: ContainerNetwork;
  /** Runs in a Docker engine, with the command as its arguments. @default a process of this machine */
  readonly image?: ContainerImage;
  /** Of an image: the port of this machine by which port 8080 of the container is reached. */
  readonly publish?: number;
  /** Paths below /opt/ml that it may not write to, where the kernel can hold it to that. */
  readonly readOnly?: readonly string[];
}

export interface ExitStatus {
  /** Exit code; 128 + the signal's number when a signal ended it, as shells say. */
  readonly code: number;
  readonly signal?: string;
  /** It was killed since it took more memory than it may. */
  readonly outOfMemory?: boolean;
}

/** A started process and everything that it started. */
export interface ContainerProcess {
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
  /** What it and all that it started took until now, or until it ended. */
  usage(): Usage;
  /** SIGTERM now, SIGKILL after the grace time. */
  stop(graceMs: number): Promise<ExitStatus>;
}
