import { setTimeout as wait } from 'node:timers/promises';

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
