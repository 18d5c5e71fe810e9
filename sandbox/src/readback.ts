import { SandboxError } from './errors';
import { runningSandbox } from './status';

/** A property of a resource that its service's API answers otherwise than the template wants it. */
export interface ReadBackDifference {
  /** Path in the resource's properties, as `Rules[].Id`; empty where the resource itself does not answer. */
  readonly property: string;
  readonly wanted: unknown;
  /** What the API answers; null where it answers nothing. */
  readonly found: unknown;
}

/** A resource of a deployed stack, compared with what its service's API answers. */
export interface ReadBackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  /** Whether the sandbox knows how to read resources of the type. */
  readonly reader: boolean;
  readonly differences: readonly ReadBackDifference[];
  /** Properties that are not compared, because no reader looks at them. */
  readonly uncovered: readonly string[];
  /** Properties that no API tells, each with the reason. */
  readonly unreadable: Readonly<Record<string, string>>;
}

export interface ReadBackStack {
  readonly stack: string;
  /** As CloudFormation has it, such as CREATE_COMPLETE. */
  readonly status: string;
  readonly resources: readonly ReadBackResource[];
}

/**
 * Reads each property of the stacks' resources back through the services' own APIs.
 * @param stack one stack's name; all stacks without it
 * @throws SandboxError where no sandbox runs, or it does not answer.
 */
export async function readBackStacks(stateDir: string, stack?: string): Promise<readonly ReadBackStack[]> {
  const running = await runningSandbox(stateDir);
  if (!running)
    throw new SandboxError(`No sandbox runs with its state in ${stateDir}. Start it with: mlops sandbox start`);
  const query = stack === undefined ? '' : `?stack=${encodeURIComponent(stack)}`;
  const response = await fetch(`${running.endpoint}/_sandbox/readback${query}`);
  if (!response.ok)
    throw new SandboxError(`The stacks could not be read back: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { readonly stacks: readonly ReadBackStack[] }).stacks;
}
