import { cpus } from 'node:os';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What the environment of a training process is made from. */
export interface TrainingFacts {
  readonly jobName: string;
  readonly jobArn: string;
  readonly region: string;
  readonly instanceType: string;
  readonly hyperparameters: Record<string, string>;
  readonly inputDataConfig: Record<string, Record<string, string>>;
  readonly userEnvironment: Record<string, string>;
  /** The script-mode entry point, without its folder; undefined for a built-in algorithm. */
  readonly program?: string;
  readonly moduleDir: string;
  readonly framework: string;
  /** Says where a process sees an /opt/ml path. */
  readonly path: (optMl: string) => string;
}

const HOST = 'algo-1';

/** Hyperparameters travel as strings; JSON ones are read as what they mean. */
export function decodeHyperparameter(value: string): Json {
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

const isReserved = (name: string) => name.startsWith('sagemaker_');

/** The hyperparameters of the user's script: those that are not addressed to the container. */
export const userHyperparameters = (all: Record<string, string>): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => !isReserved(name))
      .map(([name, value]) => [name, decodeHyperparameter(value)]),
  );

/** `--name value` for each hyperparameter, sorted by name; `-n value` for names of one letter. */
export function userArguments(hyperparameters: Record<string, Json>): string[] {
  return Object.entries(hyperparameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => [name.length === 1 ? `-${name}` : `--${name}`, argument(value)]);
}

function argument(value: Json): string {
  if (typeof value === 'string') return value;
  // Python scripts parse booleans in Python's spelling.
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}

export const resourceConfig = (instanceType: string) => ({
  current_host: HOST,
  current_instance_type: instanceType,
  current_group_name: 'homogeneousCluster',
  hosts: [HOST],
  instance_groups: [{ instance_group_name: 'homogeneousCluster', instance_type: instanceType, hosts: [HOST] }],
  network_interface_name: 'eth0',
});

/** The variables of the training container contract. */
export function trainingEnvironment(facts: TrainingFacts): Record<string, string> {
  const { path } = facts;
  const hyperparameters = userHyperparameters(facts.hyperparameters);
  const args = userArguments(hyperparameters);
  const channels = Object.keys(facts.inputDataConfig).sort();
  const level = facts.hyperparameters.sagemaker_container_log_level ?? '20';
  const folders = {
    SM_INPUT_DIR: path('/opt/ml/input'),
    SM_INPUT_CONFIG_DIR: path('/opt/ml/input/config'),
    SM_MODEL_DIR: path('/opt/ml/model'),
    SM_OUTPUT_DIR: path('/opt/ml/output'),
    SM_OUTPUT_DATA_DIR: path('/opt/ml/output/data'),
    SM_OUTPUT_INTERMEDIATE_DIR: path('/opt/ml/output/intermediate'),
  };
  const machine = {
    SM_HOSTS: JSON.stringify([HOST]),
    SM_CURRENT_HOST: HOST,
    SM_CURRENT_INSTANCE_TYPE: facts.instanceType,
    SM_NUM_CPUS: String(cpus().length),
    SM_NUM_GPUS: '0',
    SM_NETWORK_INTERFACE_NAME: 'eth0',
    SM_RESOURCE_CONFIG: JSON.stringify(resourceConfig(facts.instanceType)),
  };
  return {
    TRAINING_JOB_NAME: facts.jobName,
    TRAINING_JOB_ARN: facts.jobArn,
    SAGEMAKER_REGION: facts.region,
    ...folders,
    ...machine,
    SM_LOG_LEVEL: decodeText(level),
    SM_CHANNELS: JSON.stringify(channels),
    SM_INPUT_DATA_CONFIG: JSON.stringify(facts.inputDataConfig),
    SM_HPS: JSON.stringify(hyperparameters),
    SM_USER_ARGS: JSON.stringify(args),
    SM_FRAMEWORK_MODULE: facts.framework,
    SM_FRAMEWORK_PARAMS: '{}',
    SM_MODULE_DIR: facts.moduleDir,
    SM_MODULE_NAME: (facts.program ?? '').replace(/\.py$/, ''),
    SM_USER_ENTRY_POINT: facts.program ?? '',
    SM_TRAINING_ENV: JSON.stringify(trainingEnv(facts, hyperparameters, channels, folders)),
    ...Object.fromEntries(channels.map((name) => [`SM_CHANNEL_${upper(name)}`, path(`/opt/ml/input/data/${name}`)])),
    ...Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [`SM_HP_${upper(name)}`, hp(value)])),
    ...facts.userEnvironment,
  };
}

const upper = (name: string) => name.toUpperCase().replace(/-/g, '_');
const hp = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value));
const decodeText = (value: string) => String(decodeHyperparameter(value));

function trainingEnv(
  facts: TrainingFacts,
  hyperparameters: Record<string, Json>,
  channels: string[],
  folders: Record<string, string>,
) {
  return {
    job_name: facts.jobName,
    current_host: HOST,
    hosts: [HOST],
    num_cpus: cpus().length,
    num_gpus: 0,
    hyperparameters,
    input_data_config: facts.inputDataConfig,
    channel_input_dirs: Object.fromEntries(channels.map((name) => [name, facts.path(`/opt/ml/input/data/${name}`)])),
    input_dir: folders.SM_INPUT_DIR,
    input_config_dir: folders.SM_INPUT_CONFIG_DIR,
    model_dir: folders.SM_MODEL_DIR,
    output_dir: folders.SM_OUTPUT_DIR,
    output_data_dir: folders.SM_OUTPUT_DATA_DIR,
    output_intermediate_dir: folders.SM_OUTPUT_INTERMEDIATE_DIR,
    module_dir: facts.moduleDir,
    module_name: (facts.program ?? '').replace(/\.py$/, ''),
    user_entry_point: facts.program ?? null,
    framework_module: facts.framework,
    resource_config: resourceConfig(facts.instanceType),
    is_master: true,
    master_hostname: HOST,
  };
}
