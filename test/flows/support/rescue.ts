import { paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { ListEndpointsCommand } from '@aws-sdk/client-sagemaker';
import type { RunRecord } from '../../../lib/registry/contract';
import { type ModelParts, openPlatform, type Platform } from '../../faults/platform';
import type { TestSandbox } from '../../support/sandbox';
import { type Flows, openFlows, pollUntil } from './flows';
import { FRAIL, PLATFORM } from './names';

type Rules = Parameters<Platform['faults']['set']>;

/** The model on which things go wrong in known ways, with what it takes to break and to look at it. */
export interface Rescue {
  readonly flows: Flows;
  readonly platform: Platform;
  readonly parts: ModelParts;
  /** Does something while rules of faults hold. */
  under<T>(rules: Rules, act: () => Promise<T>): Promise<T>;
  /** Name of the function at a place of the model's stack, or of the platform's. */
  fn(place: string): string;
  /** Name of the role whose logical id matches. */
  role(logicalId: RegExp): string;
  /** A rule by which no event of a type comes to a function. */
  lost(place: string, detailType: string): Rules[number];
  /** Invokes a sweeper as its schedule does, by a clock that is an hour ahead. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into an answer whose shape it expects.
  sweep(place: string): Promise<any>;
  runEnds(runId: string, attempt: number): Promise<RunRecord>;
}

export async function openRescue(sandbox: TestSandbox): Promise<Rescue> {
  const flows = await openFlows(sandbox);
  const platform = await openPlatform(sandbox, PLATFORM);
  const parts = await platform.parts(FRAIL);
  const roles = await rolesOf(platform, `${PLATFORM}-${FRAIL}`);
  const fn = (place: string): string => {
    const found = [...parts.handlers, ...platform.handlers].find(({ name }) => name === place);
    if (!found) throw new Error(`There is no function at ${place}.`);
    return found.function;
  };
  const under: Rescue['under'] = async (rules, act) => {
    const ids = await platform.faults.set(...rules);
    try {
      return await act();
    } finally {
      await platform.faults.remove(...ids);
    }
  };
  return {
    flows,
    platform,
    parts,
    under,
    fn,
    role: (logicalId) => {
      const found = roles.filter(([id]) => logicalId.test(id));
      if (found.length !== 1) throw new Error(`${logicalId} matches ${found.length} roles.`);
      return found[0]![1];
    },
    lost: (place, detailType) => ({
      on: 'event',
      detailType,
      target: `*:function:${fn(place)}`,
      fault: 'lose',
      times: 0,
    }),
    sweep: (place) =>
      under([{ on: 'invocation', function: fn(place), fault: 'clock', seconds: 3600 }], () =>
        platform.invoke(fn(place)),
      ),
    runEnds: (runId, attempt) =>
      flows.run(runId, (run) => run.attempt === attempt && !['REQUESTED', 'RUNNING'].includes(run.status)),
  };
}

async function rolesOf({ clients }: Platform, StackName: string): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const page of paginateListStackResources({ client: clients.stacks }, { StackName })) {
    for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? [])
      if (ResourceType === 'AWS::IAM::Role') found.push([LogicalResourceId!, PhysicalResourceId!]);
  }
  return found;
}

/** Waits for an endpoint to be in a status; `undefined` is that there is none. */
export function endpointIs({ flows }: Rescue, name: string, status: string | undefined): Promise<true> {
  return pollUntil(`the endpoint ${name} is ${status ?? 'gone'}`, async () =>
    (await statusOf(flows, name)) === status ? true : undefined,
  );
}

async function statusOf({ sagemaker }: Flows, name: string): Promise<string | undefined> {
  const { Endpoints = [] } = await sagemaker.send(new ListEndpointsCommand({ NameContains: name }));
  return Endpoints.find(({ EndpointName }) => EndpointName === name)?.EndpointStatus;
}
