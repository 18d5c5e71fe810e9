import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import { RELEASE_ENV } from '../../lib/release/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { describeExecution } from '../shared/executions.client';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { specFromEnvironment } from './release';
import { type Helper, sweepReleases } from './sweep-releases';

const client = new LambdaClient();
const FUNCTIONS: Readonly<Record<Helper, string>> = {
  start: RELEASE_ENV.startFunction,
  sendApproval: RELEASE_ENV.sendApprovalFunction,
  settle: RELEASE_ENV.settleFunction,
};

/** Finds releases that a lost event left open. */
export const handler = defineHandler('release-sweep-releases', z.unknown(), async () => {
  const { model, escalateAfterMinutes } = specFromEnvironment();
  const swept = await sweepReleases({
    store: RegistryStore.fromEnvironment(),
    model,
    escalateAfterMinutes,
    actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
    describe: describeExecution,
    hand: async (to, { releaseId, executionArn }) => {
      const Payload = JSON.stringify({ detail: { releaseId, name: releaseId, executionArn } });
      const FunctionName = requireEnv(FUNCTIONS[to]);
      await client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
    },
    now: () => new Date(),
  });
  log.info('releases swept', { ...swept });
  return swept;
});
