import { LIMIT, pathProblem, type Read } from '../../core/mlflow';
import type { Document } from '../registry/store/documents';
import { experimentKey, experimentNameKey } from '../registry/store/mlflow-keys';
import { type Experiment, experimentDraft, nameDraft } from '../registry/store/mlflow-records';
import { ConditionFailed } from '../registry/store/table';
import { exists, invalid, type MlflowError, missing } from './errors';
import type { Records } from './http';

const DEFAULT = { id: '0', name: 'Default' } as const;

/** The experiment, also a deleted one. */
export const experimentOf = async (context: Records, id: string): Promise<Document<Experiment>> => {
  if (!/^\d{1,18}$/.test(id))
    throw invalid(`Invalid experiment ID '${id.slice(0, 100)}'. Experiment ID must be a valid integer.`);
  const found = await context.store.get<Experiment>(experimentKey(id));
  if (found) return found;
  if (id === DEFAULT.id) return ensureDefault(context);
  throw missing(`No Experiment with id=${id.slice(0, 100)} exists`);
};

export const activeExperiment = async (context: Records, id: string): Promise<Document<Experiment>> => {
  const found = await experimentOf(context, id);
  requireActive(found.value);
  return found;
};

export const requireActive = ({ experiment_id, lifecycle_stage }: Experiment): void => {
  if (lifecycle_stage === 'active') return;
  throw invalid(`The experiment ${experiment_id} must be in the 'active' state. Current state is ${lifecycle_stage}.`);
};

/** Who holds a name, also a deleted experiment. A name that was given up has a place, and nobody who holds it. */
export const placeOf = async (
  context: Records,
  name: string,
): Promise<{ readonly revision: number; readonly holder?: Experiment }> => {
  if (name === DEFAULT.name) await ensureDefault(context);
  const place = await context.store.get<{ experiment_id: string }>(experimentNameKey(name));
  if (!place) return { revision: 0 };
  const { value } = await experimentOf(context, place.value.experiment_id);
  return { revision: place.revision, ...(value.name === name ? { holder: value } : {}) };
};

/** The experiment that every server has. */
export const ensureDefault = async (context: Records): Promise<Document<Experiment>> => {
  const found = await context.store.get<Experiment>(experimentKey(DEFAULT.id));
  if (found) return found;
  const now = context.store.now();
  const value = newExperiment(context, DEFAULT.id, DEFAULT.name, now);
  try {
    await context.store.save([experimentDraft(value, 0), nameDraft(value, 0)]);
    return { key: experimentKey(DEFAULT.id), value, revision: 1 };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return (await context.store.get<Experiment>(experimentKey(DEFAULT.id)))!;
  }
};

export const newExperiment = (
  { artifactRoot }: Records,
  id: string,
  name: string,
  now: number,
  more: Partial<Experiment> = {},
): Experiment => ({
  experiment_id: id,
  name,
  artifact_location: `${artifactRoot}/${id}`,
  lifecycle_stage: 'active',
  creation_time: now,
  last_update_time: now,
  tags: {},
  ...more,
});

/** A name that is to be given. */
export const checkExperimentName = (name: string | undefined): string => {
  if (!name?.trim())
    throw invalid(`Invalid experiment name: '${name ?? ''}'. Missing value for required parameter 'name'.`);
  if (name.length <= LIMIT.experimentName) return name;
  throw invalid(`'name' exceeds the maximum length of ${LIMIT.experimentName} characters: it has ${name.length}.`);
};

/** Where artefacts may lie: nowhere that leads back to a run, or out of its folder. */
export const checkLocation = (location: string | undefined): string | undefined => {
  if (!location) return undefined;
  if (location.startsWith('runs:')) throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
  const path = location.replace(/^[\w+.-]+:\/*/, '');
  if (/[?#]/.test(location) || (path !== '' && pathProblem(path.replace(/^\/+|\/+$/g, '') || 'root'))) {
    throw invalid(`Invalid artifact location: '${location.slice(0, 200)}'. It holds '..', '?' or '#'.`);
  }
  if (location.length <= 2048) return location.replace(/\/+$/, '');
  throw invalid(`Invalid artifact path length: ${location.length} characters, at most 2048 are kept.`);
};

export const nameTaken = (name: string, deleted: boolean): MlflowError =>
  exists(
    deleted
      ? `Experiment '${name}' already exists in deleted state. You can restore the experiment, or choose another name.`
      : `Experiment(name=${name}) already exists.`,
  );

export const readExperiment: Read<Experiment> = (experiment, kind, key) =>
  kind === 'tag' ? [experiment.tags[key]] : [experiment[key as 'name' | 'creation_time']];
