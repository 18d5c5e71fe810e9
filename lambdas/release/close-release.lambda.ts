import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { closeRelease } from './close-release';
import { specFromEnvironment } from './release';
import { closeReleaseInput } from './schemas';

/** Ends a release in the registry. */
export const handler = defineHandler('release-close-release', closeReleaseInput, (input) =>
  closeRelease(input, { store: RegistryStore.fromEnvironment(), model: specFromEnvironment().model }),
);
