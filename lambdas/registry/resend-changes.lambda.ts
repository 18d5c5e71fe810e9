import { REGISTRY_ENV } from '../../lib/registry/contract';
import { requireEnv } from '../shared/environment';
import { putChanges } from './eventbridge.client';
import { resend } from './publish';
import { RegistryStore } from './store';

const registry = RegistryStore.fromEnvironment();
const bus = requireEnv(REGISTRY_ENV.bus);

/** Every few minutes: changes that a failed stream lost go out from the table. */
export const handler = (): Promise<{ sent: number }> =>
  resend(new Date(), { registry, put: (batch) => putChanges(bus, batch) });
