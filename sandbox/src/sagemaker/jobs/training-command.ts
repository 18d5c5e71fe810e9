import type { Runtime } from '../images';
import { runtimeFile } from '../runtimes';
import type { Resource } from '../state/store';
import { JobFailure } from './control';
import { trainingEnvironment, userArguments, userHyperparameters } from './environment';
import type { JobRun } from './lifecycle';
import { pythonFor } from './requirements';
import { fetchSource, type Source, scriptProgram } from './source';

/** What a training job runs. */
export interface TrainingCommand {
  readonly command: string[];
  readonly cwd: string;
  readonly environment: Record<string, string>;
  readonly builtIn: boolean;
}

/** Script mode, the request's own entry point, or the built-in algorithm; fetches and prepares the source. */
export async function commandOf(job: JobRun): Promise<TrainingCommand> {
  const { context, resource, folder } = job;
  const { describe } = resource;
  const hyperparameters: Record<string, string> = describe.HyperParameters ?? {};
  const userEnvironment: Record<string, string> = describe.Environment ?? {};
  const entrypoint = describe.AlgorithmSpecification.ContainerEntrypoint as string[] | undefined;
  const program = entrypoint ? undefined : scriptProgram(hyperparameters, userEnvironment);
  const runtime = context.images.resolve(describe.AlgorithmSpecification.TrainingImage).runtime;
  const environment = (source?: Source) =>
    trainingEnvironment({
      jobName: resource.name,
      jobArn: resource.arn,
      region: resource.scope.region,
      instanceType: describe.ResourceConfig.InstanceType ?? 'ml.m5.large',
      hyperparameters,
      userEnvironment,
      inputDataConfig: inputDataConfig(resource),
      program: source?.program,
      moduleDir: hyperparameters.sagemaker_submit_directory ?? '/opt/ml/code',
      framework: FRAMEWORKS[runtime],
      path: (optMl) => context.host.path(folder, optMl),
    });
  if (entrypoint) {
    const args = (describe.AlgorithmSpecification.ContainerArguments ?? []) as string[];
    return { command: [...entrypoint, ...args], cwd: '/opt/ml', environment: environment(), builtIn: false };
  }
  if (!program) return builtInCommand(context.options.python, runtime, environment());
  const submit = hyperparameters.sagemaker_submit_directory ?? userEnvironment.SAGEMAKER_SUBMIT_DIRECTORY;
  const source = await fetchSource(context.s3, resource.scope, folder, program, submit);
  const python = await pythonFor({
    python: context.options.python,
    cacheDir: context.cacheDir,
    sourceDir: source.dir,
    offline: describe.EnableNetworkIsolation === true,
    onLine: (line) => job.stream.line(line),
  });
  const args = userArguments(userHyperparameters(hyperparameters));
  const interpreter = program.endsWith('.sh') ? '/bin/sh' : python;
  const { PYTHONPATH, ...variables } = environment(source);
  return {
    command: [interpreter, program, ...args],
    cwd: source.optMlDir,
    environment: { ...variables, PYTHONPATH: [source.optMlDir, PYTHONPATH].filter(Boolean).join(':') },
    builtIn: false,
  };
}

const FRAMEWORKS: Record<Runtime, string> = {
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
  return { command: [python, runtimeFile('xgboost_train.py')], cwd: '/opt/ml', environment, builtIn: true };
}

/** The channels as inputdataconfig.json has them. */
export function inputDataConfig(resource: Resource): Record<string, Record<string, string>> {
  const channels = (resource.describe.InputDataConfig ?? []) as Record<string, string>[];
  return Object.fromEntries(
    channels.map((channel) => [
      channel.ChannelName!,
      {
        TrainingInputMode: channel.InputMode ?? resource.describe.AlgorithmSpecification.TrainingInputMode,
        S3DistributionType: 'FullyReplicated',
        RecordWrapperType: channel.RecordWrapperType ?? 'None',
        ...(channel.ContentType ? { ContentType: channel.ContentType } : {}),
      },
    ]),
  );
}
