import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { promote } from './promote';
import { specFromEnvironment } from './release';
import { promoteInput } from './schemas';

/** Makes the deployed version the champion. */
export const handler = defineHandler('release-promote', promoteInput, (input) =>
  promote(input, { store: RegistryStore.fromEnvironment(), model: specFromEnvironment().model }),
);
