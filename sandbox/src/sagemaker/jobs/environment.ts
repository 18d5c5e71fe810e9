import type { Cluster, Host } from './cluster';
import { resourceConfig } from './cluster';
import { compactJson, pythonArgument, pythonJson, pythonVariable } from './python-text';

/** What the environment of a training process is made from. */
export interface TrainingFacts {
  readonly jobName: string;
  readonly jobArn: string;
  readonly region: string;
  readonly cluster: Cluster;
  readonly host: Host;
  /** CPUs that the process can use here. */
  readonly cpus: number;
  readonly hyperparameters: Record<string, string>;
  readonly inputDataConfig: Record<string, Record<string, string>>;
  readonly userEnvironment: Record<string, string>;
  /** The script-mode entry point, without its folder. */
  readonly program: string;
  readonly moduleDir: string;
  readonly framework: string;
  /** Says where a process sees an /opt/ml path. */
  readonly path: (optMl: string) => string;
}

/** Addressed to the container, though without its prefix. */
const CONTAINER_OWN = ['default_user_module_name', '_tuning_objective_metric'];

const isReserved = (name: string) => name.startsWith('sagemaker_') || CONTAINER_OWN.includes(name);

/** The hyperparameters of the user's script: those that are not addressed to the container. */
export const userHyperparameters = (all: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !isReserved(name)));

/** `--name value` for each hyperparameter, sorted by name; `-n value` for names of one letter. */
export function userArguments(hyperparameters: Record<string, string>): string[] {
  return Object.entries(hyperparameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => [name.length === 1 ? `-${name}` : `--${name}`, pythonArgument(value)]);
}

/** The text of a hyperparameter that is addressed to the container. */
export const containerText = (value: string | undefined) => (value === undefined ? undefined : pythonVariable(value));

/** What SageMaker itself sets for every training container, whatever its image. */
export const platformEnvironment = (jobName: string, jobArn: string, host: Host): Record<string, string> => ({
  TRAINING_JOB_NAME: jobName,
  TRAINING_JOB_ARN: jobArn,
  CURRENT_HOST: host.name,
});

/** The variables that the framework images' toolkit sets for a script. */
export function trainingEnvironment(facts: TrainingFacts): Record<string, string> {
  const { path, host, cluster } = facts;
  const hyperparameters = userHyperparameters(facts.hyperparameters);
  const channels = Object.keys(facts.inputDataConfig).sort();
  const members = properties(facts, hyperparameters);
  const variables = Object.fromEntries(
    Object.entries(members)
      .filter(([name]) => !TRAINING_ENV_ONLY.includes(name))
      .map(([name, json]) => [`SM_${name.toUpperCase()}`, pythonVariable(json)]),
  );
  return {
    ...platformEnvironment(facts.jobName, facts.jobArn, host),
    SAGEMAKER_REGION: facts.region,
    SAGEMAKER_JOB_NAME: containerText(facts.hyperparameters.sagemaker_job_name) ?? '',
    ...variables,
    SM_CHANNELS: compactJson(channels),
    SM_HPS: members.hyperparameters!,
    SM_FRAMEWORK_PARAMS: members.additional_framework_parameters!,
    SM_USER_ARGS: compactJson(userArguments(hyperparameters)),
    SM_CURRENT_INSTANCE_GROUP_HOSTS: compactJson(hostsOf(cluster, host.group)),
    SM_TRAINING_ENV: object(members),
    ...Object.fromEntries(
      channels.map((name) => [`SM_CHANNEL_${name.toUpperCase()}`, path(`/opt/ml/input/data/${name}`)]),
    ),
    ...Object.fromEntries(
      Object.entries(hyperparameters).map(([name, value]) => [`SM_HP_${name.toUpperCase()}`, pythonVariable(value)]),
    ),
    ...facts.userEnvironment,
  };
}

/** Members of SM_TRAINING_ENV that have no variable of their own name. */
const TRAINING_ENV_ONLY = [
  'job_name',
  'hyperparameters',
  'channel_input_dirs',
  'additional_framework_parameters',
  'is_master',
  'master_hostname',
  'distribution_hosts',
];

const hostsOf = (cluster: Cluster, group: string) =>
  cluster.filter((member) => member.group === group).map(({ name }) => name);

/** The properties of the toolkit's environment, each as JSON. */
function properties(facts: TrainingFacts, hyperparameters: Record<string, string>): Record<string, string> {
  const { path, host, cluster } = facts;
  const resources = resourceConfig(cluster, host);
  const plain = {
    job_name: facts.jobName,
    current_host: host.name,
    hosts: resources.hosts,
    current_instance_type: host.instanceType,
    current_instance_group: host.group,
    current_instance_group_hosts: hostsOf(cluster, host.group),
    instance_groups: resources.instance_groups.map((group) => group.instance_group_name),
    instance_groups_dict: Object.fromEntries(
      resources.instance_groups.map((group) => [group.instance_group_name, group]),
    ),
    distribution_hosts: [],
    distribution_instance_groups: [],
    is_hetero: resources.instance_groups.length > 1,
    is_master: host.name === cluster[0]!.name,
    master_hostname: cluster[0]!.name,
    num_cpus: facts.cpus,
    num_gpus: 0,
    num_neurons: 0,
    network_interface_name: resources.network_interface_name,
    resource_config: resources,
    input_data_config: facts.inputDataConfig,
    channel_input_dirs: Object.fromEntries(
      Object.keys(facts.inputDataConfig).map((name) => [name, path(`/opt/ml/input/data/${name}`)]),
    ),
    input_dir: path('/opt/ml/input'),
    input_config_dir: path('/opt/ml/input/config'),
    model_dir: path('/opt/ml/model'),
    output_dir: path('/opt/ml/output'),
    output_data_dir: path('/opt/ml/output/data'),
    output_intermediate_dir: path('/opt/ml/output/intermediate'),
    module_dir: facts.moduleDir,
    module_name: facts.program.replace(/\.py$/, ''),
    user_entry_point: facts.program,
    framework_module: facts.framework,
  };
  const additional = Object.entries(facts.hyperparameters).filter(
    ([name]) => name.startsWith('sagemaker_') && !TOOLKIT_OWN.includes(name),
  );
  return {
    ...Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, compactJson(value)])),
    log_level: pythonJson(facts.hyperparameters.sagemaker_container_log_level ?? '20'),
    hyperparameters: jsonOf(hyperparameters),
    additional_framework_parameters: jsonOf(Object.fromEntries(additional)),
  };
}

/** Hyperparameters by which the SDK tells the toolkit what to do; others with the prefix are the framework's. */
const TOOLKIT_OWN = [
  'sagemaker_program',
  'sagemaker_submit_directory',
  'sagemaker_enable_cloudwatch_metrics',
  'sagemaker_region',
  'sagemaker_container_log_level',
  'sagemaker_job_name',
  'sagemaker_s3_output',
];

const jsonOf = (hyperparameters: Record<string, string>) =>
  object(Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [name, pythonJson(value)])));

function object(members: Record<string, string>): string {
  const sorted = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, json]) => `${compactJson(name)}:${json}`).join(',')}}`;
}
