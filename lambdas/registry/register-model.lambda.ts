import { setTimeout as wait } from 'node:timers/promises';
import { type ResourceAnswer, type ResourceRequest, registerModel } from './register-model';
import { RegistryStore } from './store';

const TRIES = 4;

/** Custom resource: always answers, since CloudFormation otherwise waits until its time-out. */
export const handler = async (request: ResourceRequest): Promise<void> => {
  await respond(request.ResponseURL, await registerModel(request, RegistryStore.fromEnvironment));
};

async function respond(url: string, answer: ResourceAnswer): Promise<void> {
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
