import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runtime } from '../images';
import type { ContainerImage } from '../processes/container-spec';
import { runtimeFile } from '../runtimes';
import { type Channel, channelsOf } from './channels';
import type { Cluster, Host } from './cluster';
import { JobFailure } from './control';
import {
  containerText,
  platformEnvironment,
  trainingEnvironment,
  userArguments,
  userHyperparameters,
} from './environment';
import type { JobRun } from './lifecycle';
import { pythonFor } from './requirements';
import { fetchSource, kindOf, type Source, scriptProgram } from './source';

/** What a training job runs on one of its instances. */
export interface TrainingCommand {
  readonly command: string[];
  readonly cwd: string;
  readonly environment: Record<string, string>;
  readonly builtIn: boolean;
  /** Set where a Docker engine runs the image itself. */
  readonly image?: ContainerImage;
}

export interface Place {
  readonly cluster: Cluster;
  readonly host: Host;
  readonly folder: string;
}

const OPT_ML = '/opt/ml';

/** Script mode, the request's own entry point, the built-in algorithm or a real image; fetches and prepares the source. */
export async function commandOf(job: JobRun, place: Place): Promise<TrainingCommand> {
  const { context, resource } = job;
  const { AlgorithmSpecification, HyperParameters = {}, Environment = {} } = resource.describe;
  const { ContainerEntrypoint, ContainerArguments = [], TrainingImage } = AlgorithmSpecification;
  const { runtime } = context.images.resolve(TrainingImage);
  const plain = { ...platformEnvironment(resource.name, resource.arn, place.host), ...Environment };
  if (runtime === 'docker') {
    const image = { uri: TrainingImage, entrypoint: ContainerEntrypoint };
    const command = ContainerEntrypoint || ContainerArguments.length > 0 ? ContainerArguments : ['train'];
    return { command, cwd: OPT_ML, environment: plain, builtIn: false, image };
  }
  if (ContainerEntrypoint) {
    const command = [...ContainerEntrypoint, ...ContainerArguments];
    return { command, cwd: OPT_ML, environment: plain, builtIn: false };
  }
  const program = scriptProgram(HyperParameters, Environment);
  if (!program) return builtInCommand(context.options.python, runtime, plain);
  return scriptCommand(job, place, {
    program,
    runtime,
    hyperparameters: HyperParameters,
    userEnvironment: Environment,
  });
}

interface Script {
  readonly program: string;
  readonly runtime: 'xgboost' | 'scikit-learn';
  readonly hyperparameters: Record<string, string>;
  readonly userEnvironment: Record<string, string>;
}

async function scriptCommand(job: JobRun, place: Place, script: Script): Promise<TrainingCommand> {
  const { context, resource, control } = job;
  const { hyperparameters, userEnvironment, program } = script;
  const submit =
    containerText(hyperparameters.sagemaker_submit_directory) ?? userEnvironment.SAGEMAKER_SUBMIT_DIRECTORY;
  const s3 = context.s3.until(control.signal);
  const source = await fetchSource(s3, resource.scope, place.folder, program, submit);
  const python = await pythonFor({
    python: context.options.python,
    cacheDir: context.cacheDir,
    sourceDir: source.dir,
    offline: resource.describe.EnableNetworkIsolation === true,
    onLine: (line) => job.log(place.host.name).line(line),
  });
  const { PYTHONPATH, ...variables } = trainingEnvironment({
    jobName: resource.name,
    jobArn: resource.arn,
    region: resource.scope.region,
    ...place,
    cpus: context.host.cpusOf(place.host.size),
    hyperparameters,
    userEnvironment,
    inputDataConfig: inputDataConfig(resource.describe, place.host),
    program,
    moduleDir: submit ?? '/opt/ml/code',
    framework: FRAMEWORKS[script.runtime],
    path: (optMl) => context.host.path(place.folder, optMl),
  });
  const paths = [source.optMlDir, runtimeFile('toolkits'), PYTHONPATH];
  return {
    command: await programCommand(source, python, userArguments(userHyperparameters(hyperparameters))),
    cwd: source.optMlDir,
    environment: { ...variables, PYTHONPATH: paths.filter(Boolean).join(':') },
    builtIn: false,
  };
}

/** As the toolkit starts a program: a package as a module, a script by Python, anything else by itself. */
async function programCommand(source: Source, python: string, args: string[]): Promise<string[]> {
  const { program, dir } = source;
  const kind = await kindOf(source);
  if (kind === 'package') return [python, '-m', program.replace(/\.py$/, '').replaceAll('/', '.'), ...args];
  if (kind === 'script') return [python, program, ...args];
  await chmod(join(dir, program), 0o777);
  return ['/bin/sh', '-c', '"./$0" "$@"', program, ...args];
}

const FRAMEWORKS: Record<Script['runtime'], string> = {
  xgboost: 'sagemaker_xgboost_container.training:main',
  'scikit-learn': 'sagemaker_sklearn_container.training:main',
};

function builtInCommand(python: string, runtime: Runtime, environment: Record<string, string>): TrainingCommand {
  if (runtime !== 'xgboost') {
    throw new JobFailure(
      "AlgorithmError: the scikit-learn image has no algorithm of its own: name a script by the hyperparameters 'sagemaker_program' and 'sagemaker_submit_directory', exit code: 1",
      1,
    );
  }
  return { command: [python, runtimeFile('xgboost_train.py')], cwd: OPT_ML, environment, builtIn: true };
}

/** The channels of an instance as its inputdataconfig.json has them. */
export function inputDataConfig(describe: Channel, host: Host): Record<string, Record<string, string>> {
  const channels = channelsOf(describe.InputDataConfig ?? [], host);
  return Object.fromEntries(
    channels.map((channel) => [
      channel.ChannelName!,
      {
        ...(channel.ContentType ? { ContentType: channel.ContentType } : {}),
        TrainingInputMode: channel.InputMode ?? describe.AlgorithmSpecification.TrainingInputMode,
        S3DistributionType: channel.DataSource.S3DataSource.S3DataDistributionType ?? 'FullyReplicated',
        RecordWrapperType: channel.RecordWrapperType ?? 'None',
      },
    ]),
  );
}
