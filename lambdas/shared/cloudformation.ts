import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from './errors';
import { log } from './log';

/** The parts of CloudFormation's request that are read before anything is known to be well formed. */
export interface ResourceRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: unknown;
}

/** What CloudFormation waits for from a custom resource; without it, a stack hangs until the time-out. */
export interface ResourceAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  /** Attributes of the resource. */
  readonly Data?: Readonly<Record<string, string>>;
}

/** CloudFormation takes 4 KB in all. */
const MAX_REASON = 1_000;

/**
 * What comes of a request to make or change a resource, also where that failed. A deleted one is nothing more to do for.
 * @param failed what a failure means, for the log
 * @param act makes it; the resource keeps its id, or gets the logical one, where it names none
 */
export async function answerOf(
  request: ResourceRequest,
  failed: string,
  act: () => Promise<Partial<Pick<ResourceAnswer, 'PhysicalResourceId' | 'Data'>>>,
): Promise<ResourceAnswer> {
  const { StackId, RequestId, LogicalResourceId } = request;
  const PhysicalResourceId = request.PhysicalResourceId ?? LogicalResourceId;
  const known = { StackId, RequestId, LogicalResourceId, PhysicalResourceId };
  if (request.RequestType === 'Delete') return { ...known, Status: 'SUCCESS' };
  try {
    return { ...known, ...(await act()), Status: 'SUCCESS' };
  } catch (error) {
    const Reason = messageOf(error);
    log.error(failed, { reason: Reason, stackId: StackId });
    return { ...known, Status: 'FAILED', Reason: Reason.slice(0, MAX_REASON) };
  }
}

const TRIES = 4;

/** Puts an answer where CloudFormation looks for it, and tries again when that fails. */
export async function answerCloudFormation(url: string, answer: ResourceAnswer): Promise<void> {
  const body = JSON.stringify(answer);
  for (let tries = 1; ; tries++) {
    try {
      const { ok, status } = await fetch(url, { method: 'PUT', body, headers: { 'content-type': '' } });
      if (ok) return;
      throw new Error(`CloudFormation's address answered ${status}.`);
    } catch (error) {
      if (tries === TRIES) throw error;
      await wait(250 * 2 ** tries);
    }
  }
}
