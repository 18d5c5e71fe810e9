import { messageOf, validationError } from '../api/errors';
import { RecordProcessor } from '../inference/data-processing';
import { containersOf } from '../inference/model-server';
import type { Call, Input } from '../operations/support';
import { MetricReader } from './metrics';

const PROCESSING = '/opt/ml/processing';
/** AWS's limit for what is under way at once: requests times their size. */
const MAX_TRANSFORM_MB = 100;

/** Refuses what the sandbox cannot run, and what AWS refuses too, before the job exists. */
export function checkTraining({ input, context }: Call): void {
  const { AlgorithmSpecification: algorithm, InputDataConfig: channels = [], ResourceConfig } = input;
  if (!algorithm)
    throw validationError("The sandbox runs AlgorithmSpecification's TrainingImage only; none was given.");
  if (!ResourceConfig)
    throw validationError('The sandbox runs training jobs on instances: ResourceConfig must be given.');
  if (algorithm.AlgorithmName && algorithm.TrainingImage) {
    throw validationError('AlgorithmSpecification has both TrainingImage and AlgorithmName: give one of them.');
  }
  if (!algorithm.TrainingImage) {
    throw validationError(
      'AlgorithmSpecification needs TrainingImage: the sandbox has no algorithms by AlgorithmName.',
    );
  }
  context.images.resolve(algorithm.TrainingImage);
  for (const channel of channels) checkChannel(channel, channel.InputMode ?? algorithm.TrainingInputMode);
  const names = channels.map((channel: { ChannelName: string }) => channel.ChannelName);
  if (new Set(names).size !== names.length) {
    throw validationError(`Channel names must be unique; received ${names.join(', ')}.`);
  }
  checkGroups(ResourceConfig, channels);
  const [invalid] = MetricReader.invalid(algorithm.MetricDefinitions ?? []);
  if (invalid) throw validationError(`MetricDefinition '${invalid.Name}' has an invalid Regex: ${invalid.Regex}`);
  checkSpot(input);
}

function checkChannel({ ChannelName, DataSource, CompressionType, RecordWrapperType }: Input, mode: string): void {
  if (mode === 'Pipe') {
    throw validationError(
      `Channel '${ChannelName}' uses Pipe mode, which the sandbox cannot run: use File or FastFile.`,
    );
  }
  if (!DataSource.S3DataSource) {
    throw validationError(`Channel '${ChannelName}' needs an S3DataSource: the sandbox reads no other source.`);
  }
  if (DataSource.S3DataSource.S3DataType === 'AugmentedManifestFile') {
    throw validationError(
      `Channel '${ChannelName}' is an AugmentedManifestFile, which needs Pipe mode: use S3Prefix or ManifestFile.`,
    );
  }
  const onlyPipe = { CompressionType: CompressionType === 'Gzip', RecordWrapperType: RecordWrapperType === 'RecordIO' };
  for (const [member, given] of Object.entries(onlyPipe)) {
    if (!given) continue;
    throw validationError(
      `Channel '${ChannelName}' has a ${member} that is for Pipe mode only: leave it out, or set it to None, in ${mode} mode.`,
    );
  }
}

function checkGroups({ InstanceGroups, InstanceType, InstanceCount }: Input, channels: Input[]): void {
  if (!InstanceGroups?.length && !(InstanceType && InstanceCount)) {
    throw validationError('ResourceConfig needs InstanceType and InstanceCount, or InstanceGroups.');
  }
  if (InstanceGroups?.length && (InstanceType || InstanceCount)) {
    throw validationError('ResourceConfig takes InstanceGroups or InstanceType and InstanceCount, not both.');
  }
  const groups: string[] = (InstanceGroups ?? []).map((group: Input) => group.InstanceGroupName);
  for (const { ChannelName, DataSource } of channels) {
    const unknown = DataSource.S3DataSource.InstanceGroupNames?.find((name: string) => !groups.includes(name));
    if (unknown === undefined) continue;
    const known = groups.join(', ') || 'none';
    throw validationError(
      `Channel '${ChannelName}' names the instance group '${unknown}'; ResourceConfig has ${known}.`,
    );
  }
}

function checkSpot({ EnableManagedSpotTraining, StoppingCondition = {} }: Input): void {
  const { MaxRuntimeInSeconds = 86_400, MaxWaitTimeInSeconds } = StoppingCondition;
  if (!EnableManagedSpotTraining && MaxWaitTimeInSeconds !== undefined) {
    throw validationError(
      'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true',
    );
  }
  if (EnableManagedSpotTraining && !(MaxWaitTimeInSeconds >= MaxRuntimeInSeconds)) {
    throw validationError(
      'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds when EnableManagedSpotTraining is true.',
    );
  }
}

export function checkProcessing({ input, context }: Call): void {
  const { ImageUri, ContainerEntrypoint } = input.AppSpecification;
  const { runtime } = context.images.resolve(ImageUri);
  if (!ContainerEntrypoint && runtime !== 'docker') {
    throw validationError(
      'AppSpecification needs ContainerEntrypoint: the local runtimes have no entry point of their own.',
    );
  }
  const inputs = (input.ProcessingInputs ?? []) as Input[];
  const outputs = (input.ProcessingOutputConfig?.Outputs ?? []) as Input[];
  checkUnique(
    inputs.map(({ InputName }) => InputName),
    'ProcessingInputs',
  );
  checkUnique(
    outputs.map(({ OutputName }) => OutputName),
    'ProcessingOutputConfig',
  );
  for (const { InputName, S3Input } of inputs) {
    if (S3Input) checkProcessingInput(InputName, S3Input);
  }
  for (const { OutputName, S3Output } of outputs) checkLocalPath(`Output '${OutputName}'`, S3Output?.LocalPath);
}

function checkProcessingInput(name: string, { LocalPath, S3InputMode, S3CompressionType }: Input): void {
  checkLocalPath(`Input '${name}'`, LocalPath);
  if (S3InputMode === 'Pipe') {
    throw validationError(`Input '${name}' uses Pipe mode, which the sandbox cannot run: use File.`);
  }
  if (S3CompressionType === 'Gzip') {
    throw validationError(`Input '${name}' has S3CompressionType Gzip, which is for Pipe mode only: use None.`);
  }
}

function checkUnique(names: string[], what: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw validationError(`Names in ${what} must be unique; '${twice}' is there twice.`);
}

function checkLocalPath(what: string, path: string | undefined): void {
  if (path === undefined) return;
  if ((path === PROCESSING || path.startsWith(`${PROCESSING}/`)) && !path.split('/').includes('..')) return;
  throw validationError(`${what} has LocalPath '${path}': it must be an absolute path below ${PROCESSING}.`);
}

export function checkTransform(call: Call): void {
  const { input, context, scope } = call;
  const model = context.store.get('model', scope, input.ModelName);
  if (!model) {
    throw validationError(
      `Could not find model "arn:aws:sagemaker:${scope.region}:${scope.accountId}:model/${input.ModelName}".`,
    );
  }
  const [container, ...more] = containersOf(model);
  if (more.length > 0 || container!.Mode === 'MultiModel') {
    throw validationError(`Model '${input.ModelName}': the sandbox transforms with models of one container only.`);
  }
  const { TransformInput, TransformOutput, DataProcessing, MaxConcurrentTransforms, MaxPayloadInMB = 6 } = input;
  if (!['None', 'Line', undefined].includes(TransformInput.SplitType)) {
    throw validationError(`SplitType '${TransformInput.SplitType}' is not run by the sandbox: use None or Line.`);
  }
  if (MaxConcurrentTransforms > 1 && MaxConcurrentTransforms * MaxPayloadInMB > MAX_TRANSFORM_MB) {
    throw validationError(
      `MaxConcurrentTransforms × MaxPayloadInMB must not exceed ${MAX_TRANSFORM_MB} MB; ` +
        `received ${MaxConcurrentTransforms} × ${MaxPayloadInMB}.`,
    );
  }
  try {
    new RecordProcessor(DataProcessing, TransformInput.ContentType, TransformOutput.Accept);
  } catch (error) {
    throw validationError(messageOf(error));
  }
}
