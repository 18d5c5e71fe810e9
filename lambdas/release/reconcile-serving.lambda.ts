import * as z from 'zod/mini';
import { REGISTRY_ENV } from '../../lib/registry/contract';
import { OUT_OF_BAND, RELEASE_METRICS } from '../../lib/release/contract';
import { ServingStore } from '../registry/store/serving';
import { countMetric } from '../shared/count-metric';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { reconcileServing } from './reconcile-serving';
import { specFromEnvironment } from './release';
import { serving } from './serving.client';

/**
 * Holds what serves against the registry, whatever the event says. Where the two differ each look sends the metric, so
 * that the alarm rings until it is put right; a custom metric costs $0.30 in each month in which it is sent.
 */
export const handler = defineHandler('release-reconcile-serving', z.unknown(), async () => {
  const { model } = specFromEnvironment();
  const reconciled = await reconcileServing({
    store: ServingStore.fromEnvironment(),
    model,
    serving,
    actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
  });
  const { metric, dimension } = OUT_OF_BAND;
  const count = () => countMetric(RELEASE_METRICS, metric, 1, { [dimension]: requireEnv(REGISTRY_ENV.bus) });
  const told = { model, ...reconciled };
  if (reconciled.outOfBand) log.warn('something else serves than was released', { ...told, ...count() });
  else log.info('what serves is what was released', told);
  return reconciled;
});
