import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resetSandbox, sandboxStatus, startSandbox } from '../sandbox/src/index';
import type { Figure } from './figure';
import { plainMiniStack } from './ministack';
import { inWorkspace, note, sandboxPython } from './workspace';

const ROUNDS = 5;
const START_S = 3;
const IDLE_MB = 500;
const IDLE_WAIT_S = 300;

/** Starts with an empty state until every service answers, and what was just started takes, in turn with MiniStack alone. */
export async function starts(): Promise<Figure[]> {
  const python = await sandboxPython();
  return inWorkspace(async (folder) => {
    const own = { seconds: [] as number[], megabytes: [] as number[] };
    const peer = { seconds: [] as number[], megabytes: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      const stateDir = join(folder, `sandbox-${round}`);
      const begun = performance.now();
      await startSandbox({ stateDir, port: 0 });
      own.seconds.push((performance.now() - begun) / 1000);
      own.megabytes.push(((await sandboxStatus({ stateDir })).totals?.memoryBytes ?? 0) / 1e6);
      await resetSandbox({ stateDir });
      const plain = await plainMiniStack(python, folder);
      peer.seconds.push(plain.seconds);
      peer.megabytes.push(plain.megabytes);
    }
    const name = 'MiniStack alone';
    return [
      {
        ...{ name: 'sandbox: start to healthy', unit: 's', samples: own.seconds, target: START_S },
        peer: { name, samples: peer.seconds },
      },
      {
        ...{ name: 'sandbox: memory when started', unit: 'MB', samples: own.megabytes },
        peer: { name, samples: peer.megabytes },
      },
    ];
  });
}

/** Memory of a sandbox that was used and then left alone for five minutes; pages that its processes share count once. */
export async function measureIdle(stateDir: string): Promise<Figure[]> {
  note(`waiting for ${IDLE_WAIT_S} s, in which nobody uses the sandbox`);
  await sleep(IDLE_WAIT_S * 1000);
  const { totals } = await sandboxStatus({ stateDir });
  const figure = (name: string, bytes = 0): Figure => ({
    ...{ name: `sandbox, idle after a lifecycle: ${name}`, unit: 'MB', samples: [bytes / 1e6], target: IDLE_MB },
  });
  return [
    figure('without what serves endpoints', totals?.idleMemoryBytes),
    figure('with the endpoint that the lifecycle left', totals?.memoryBytes),
  ];
}
