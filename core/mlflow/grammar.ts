import { SearchError } from './tokens';

/** What a clause speaks of. */
export type Kind = 'attribute' | 'metric' | 'parameter' | 'tag' | 'dataset';

/** What may be asked of one kind of entity. */
export interface Grammar {
  /** Words before the first dot, and what they mean. A name without a dot is an attribute. */
  readonly prefixes: Readonly<Record<string, Kind>>;
  /** Attributes and what they hold. */
  readonly attributes: Readonly<Record<string, 'text' | 'number'>>;
  /** Attributes by which can be ordered. */
  readonly orderable: readonly string[];
  /** Attributes that take IN and NOT IN; undefined: every one that holds text. */
  readonly lists?: readonly string[];
  /** Kinds of which absence can be asked: IS NULL, IS NOT NULL. */
  readonly absence: readonly Kind[];
  /** Other names of attributes. */
  readonly synonyms?: Readonly<Record<string, string>>;
}

const ATTRIBUTE = { attribute: 'attribute', attributes: 'attribute', attr: 'attribute' } as const;
const TAG = { tag: 'tag', tags: 'tag' } as const;
const MEASURED: Readonly<Record<string, Kind>> = {
  ...{ metric: 'metric', metrics: 'metric' },
  ...{ parameter: 'parameter', parameters: 'parameter', param: 'parameter', params: 'parameter' },
};

const RUN_SYNONYMS = {
  created: 'start_time',
  Created: 'start_time',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
};
const RUN_NUMBERS = { start_time: 'number', end_time: 'number', created: 'number', Created: 'number' } as const;
const RUN_TEXTS = Object.fromEntries(
  ['run_id', 'run_name', 'run name', 'Run name', 'Run Name', 'status', 'artifact_uri', 'user_id'].map((name) => [
    name,
    'text' as const,
  ]),
);

export const RUNS: Grammar = {
  prefixes: { ...ATTRIBUTE, run: 'attribute', ...TAG, ...MEASURED, dataset: 'dataset', datasets: 'dataset' },
  attributes: { ...RUN_NUMBERS, ...RUN_TEXTS },
  orderable: [
    'start_time',
    'end_time',
    'run_name',
    'status',
    'artifact_uri',
    'user_id',
    'run_id',
    'created',
    'Created',
  ],
  lists: ['run_id'],
  absence: ['tag', 'parameter'],
  synonyms: RUN_SYNONYMS,
};

export const EXPERIMENTS: Grammar = {
  prefixes: { ...ATTRIBUTE, ...TAG },
  attributes: { name: 'text', experiment_id: 'text', creation_time: 'number', last_update_time: 'number' },
  orderable: ['name', 'experiment_id', 'creation_time', 'last_update_time'],
  lists: ['experiment_id'],
  absence: ['tag'],
};

export const REGISTERED_MODELS: Grammar = {
  prefixes: { attribute: 'attribute', ...TAG },
  attributes: { name: 'text' },
  orderable: ['name', 'timestamp', 'last_updated_timestamp'],
  lists: ['name'],
  absence: [],
  synonyms: { timestamp: 'last_updated_timestamp' },
};

export const MODEL_VERSIONS: Grammar = {
  prefixes: { attribute: 'attribute', ...TAG },
  attributes: { name: 'text', version_number: 'number', run_id: 'text', source_path: 'text' },
  orderable: ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'],
  lists: ['name', 'run_id'],
  absence: [],
};

export const LOGGED_MODELS: Grammar = {
  prefixes: { ...ATTRIBUTE, ...TAG, ...MEASURED },
  attributes: {
    ...{ name: 'text', model_id: 'text', model_type: 'text', status: 'text', source_run_id: 'text' },
    ...{ creation_timestamp: 'number', creation_time: 'number' },
    ...{ last_updated_timestamp: 'number', last_updated_time: 'number' },
  },
  orderable: [
    'name',
    'model_id',
    'model_type',
    'status',
    'source_run_id',
    'creation_timestamp',
    'last_updated_timestamp',
  ],
  absence: [],
  synonyms: { creation_time: 'creation_timestamp', last_updated_time: 'last_updated_timestamp' },
};

const DATASET_ATTRIBUTES = ['name', 'digest', 'context'];
const QUOTED = /^(?:`.*`|".*"|'.*')$/s;
const unquoted = (text: string): string => (QUOTED.test(text) ? text.slice(1, -1) : text);

export interface Identifier {
  readonly kind: Kind;
  readonly key: string;
}

/** What a name such as `metrics.acc` speaks of. @throws SearchError where the grammar doesn't know it. */
export function identify(
  name: string,
  { prefixes, attributes, synonyms = {} }: Grammar,
  among?: readonly string[],
): Identifier {
  const dot = QUOTED.test(name) ? -1 : name.indexOf('.');
  const prefix = dot < 0 ? 'attribute' : unquoted(name.slice(0, dot));
  const kind = dot < 0 ? 'attribute' : Object.hasOwn(prefixes, prefix) ? prefixes[prefix] : undefined;
  if (!kind) {
    const known = [...new Set(Object.values(prefixes))].join(', ');
    throw new SearchError(`Invalid entity type '${prefix}' in '${name}'. Valid are: ${known}.`);
  }
  const key = unquoted(name.slice(dot + 1));
  const valid = among ?? Object.keys(attributes);
  if (kind === 'attribute' && !valid.includes(key)) {
    throw new SearchError(`Invalid attribute key '${key}' specified. Valid are: ${valid.join(', ')}.`);
  }
  if (kind === 'dataset' && !DATASET_ATTRIBUTES.includes(key)) {
    throw new SearchError(`Invalid dataset key '${key}' specified. Valid are: ${DATASET_ATTRIBUTES.join(', ')}.`);
  }
  return { kind, key: kind === 'attribute' && Object.hasOwn(synonyms, key) ? synonyms[key]! : key };
}
