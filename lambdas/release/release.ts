import {
  type Actor,
  type ModelVersionRecord,
  OPEN_RELEASE_STATUSES,
  type ReleaseRecord,
  type StepRecord,
} from '../../lib/registry/contract';
import { RELEASE_ENV, RELEASE_ERROR, type ReleaseSpec, type ReleaseStep } from '../../lib/release/contract';
import type { Registry } from '../registry/store/types';
import { actingFor } from '../shared/actor';
import { requireJsonEnv } from '../shared/environment';
import { Conflict, HandlerError, messageOf, NotFound } from '../shared/errors';
import { releaseSpec } from './schemas';

/** The release can't go on; the endpoint, where it was touched, has to go back. */
export class ReleaseFailed extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super(RELEASE_ERROR.failed, message, options);
  }
}

/** What the release pipeline was deployed with. */
export const specFromEnvironment = (): ReleaseSpec => requireJsonEnv(RELEASE_ENV.spec, releaseSpec);

export const isOpen = (release: ReleaseRecord): boolean => OPEN_RELEASE_STATUSES.includes(release.status);

/** The release as it is on record now; NotFound and Conflict say what is wrong with a late or forged call. */
export async function openRelease(
  store: Pick<Registry, 'getRelease'>,
  model: string,
  releaseId: string,
): Promise<ReleaseRecord> {
  const release = await ownRelease(store, model, releaseId);
  if (!isOpen(release)) {
    throw new Conflict(`The release ${releaseId} has ended as ${release.status}; ask for a new release.`);
  }
  return release;
}

/** The release, open or ended, if it is one of this pipeline's model. */
export async function ownRelease(
  store: Pick<Registry, 'getRelease'>,
  model: string,
  releaseId: string,
): Promise<ReleaseRecord> {
  const release = await store.getRelease(releaseId);
  if (!release) throw new NotFound(`There is no release ${releaseId} in the registry.`);
  if (release.model !== model) {
    throw new Conflict(`The release ${releaseId} is of the model ${release.model}; this pipeline releases ${model}.`);
  }
  return release;
}

/** The version that a release is about. */
export async function versionOf(
  store: Pick<Registry, 'getVersion'>,
  release: ReleaseRecord,
): Promise<ModelVersionRecord> {
  const version = await store.getVersion(release.model, release.version);
  if (version) return version;
  throw new NotFound(`The registry has no version ${release.version} of the model ${release.model}.`);
}

/** Who acts in an execution: the execution, on behalf of who asked for the release. */
export const executionActor = (release: ReleaseRecord, executionArn: string): Actor =>
  actingFor(release.requestedBy, executionArn, 'execution');

type StepStore = Pick<Registry, 'recordReleaseStep'>;

/** Notes how a step ended, or that it began. */
export const noteStep = (
  store: StepStore,
  releaseId: string,
  step: ReleaseStep,
  note: Omit<StepRecord, 'step' | 'attempt'>,
): Promise<void> => store.recordReleaseStep(releaseId, { step, attempt: 1, ...note });

export const now = (): string => new Date().toISOString();

/** Does a step and notes its beginning and its end; a failure is noted with its reason and thrown on. */
export async function asStep<T>(
  store: StepStore,
  releaseId: string,
  step: ReleaseStep,
  act: () => Promise<T>,
): Promise<T> {
  const startedAt = now();
  await noteStep(store, releaseId, step, { status: 'RUNNING', startedAt });
  try {
    const result = await act();
    await noteStep(store, releaseId, step, { status: 'SUCCEEDED', startedAt, endedAt: now() });
    return result;
  } catch (error) {
    const reason = messageOf(error);
    await noteStep(store, releaseId, step, { status: 'FAILED', startedAt, endedAt: now(), reason });
    throw error;
  }
}
