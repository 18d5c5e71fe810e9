import { STORE_ENV } from '../../lib/artifacts/contract';
import { REGISTRY_ENV } from '../../lib/registry/contract';
import { requireEnv } from '../shared/environment';
import { type ApiAnswer, type ApiEvent, answer } from './api';
import { auditFromEnvironment } from './audit-table';
import { ApiStore } from './store/api-store';

const registry = ApiStore.fromEnvironment();
const audit = auditFromEnvironment();
const production = process.env[REGISTRY_ENV.stage] === 'prod';
const uploadBucket = (): string => requireEnv(STORE_ENV.bucket);

/** The registry's one door for people. */
export const handler = (event: ApiEvent): Promise<ApiAnswer> =>
  answer(event, { registry, audit, production, uploadBucket });
