import { canonicalJson } from '../../core/digest';
import type { ReadBackInput, ReadBackOutput } from '../../lib/release/contract';
import type { Registry } from '../registry/store/types';
import { planOf } from './begin-deploy';
import { isChanging } from './endpoint-status';
import { noteStep, now, openRelease, ReleaseFailed } from './release';
import type { SageMaker } from './sagemaker.client';

export interface ReadBackTools {
  readonly store: Pick<Registry, 'getRelease' | 'recordReleaseStep'>;
  readonly model: string;
  readonly sageMaker: Pick<SageMaker, 'describeEndpoint' | 'describeConfig' | 'describeModel'>;
}

/** Compares what SageMaker has with the manifest; what differs is named, with both values. */
export async function readBack(input: ReadBackInput, tools: ReadBackTools): Promise<ReadBackOutput> {
  const { store, model } = tools;
  const release = await openRelease(store, model, input.releaseId);
  if (input.phase === 'definition') {
    refuse(await definitionProblems(input, tools), 'What SageMaker was asked to create differs from what was approved');
    return { settled: true };
  }
  const endpoint = await tools.sageMaker.describeEndpoint(input.names.endpoint);
  if (!endpoint) {
    throw new ReleaseFailed(`The endpoint ${input.names.endpoint} was not created: ${causeOf(input)}`);
  }
  if (isChanging(endpoint.status)) return { settled: false };
  const startedAt = now();
  if (endpoint.status !== 'InService') {
    const why = endpoint.failureReason ?? causeOf(input);
    throw new ReleaseFailed(`The endpoint ${input.names.endpoint} is ${endpoint.status}: ${why}`);
  }
  if (endpoint.config !== input.names.endpointConfig) {
    // SageMaker itself goes back to the old config when an update fails.
    throw new ReleaseFailed(
      `The endpoint ${input.names.endpoint} serves the config ${endpoint.config}, asked for was ` +
        `${input.names.endpointConfig}: ${endpoint.failureReason ?? causeOf(input)}`,
    );
  }
  refuse(imageProblems(endpoint.images, input.manifest.image), 'What serves is not what was approved');
  await noteStep(store, input.releaseId, 'Deploy', { status: 'SUCCEEDED', endedAt: now(), output: planOf(release) });
  await noteStep(store, input.releaseId, 'ReadBack', { status: 'SUCCEEDED', startedAt, endedAt: now() });
  return { settled: true };
}

const causeOf = ({ failure }: ReadBackInput): string => failure?.Cause ?? failure?.Error ?? 'SageMaker gives no reason';

function refuse(problems: readonly string[], what: string): void {
  if (problems.length > 0) throw new ReleaseFailed(`${what}: ${problems.join('; ')}.`);
}

function imageProblems(deployed: readonly string[], image: string): string[] {
  const digest = image.split('@')[1];
  if (deployed.length === 0) return ['SageMaker does not say which image runs'];
  return deployed
    .filter((found) => found.split('@')[1] !== digest)
    .map((found) => `the image that runs is ${found}, approved is ${image}`);
}

async function definitionProblems(input: ReadBackInput, { sageMaker }: ReadBackTools): Promise<string[]> {
  const { manifest, names } = input;
  const { hosting } = manifest;
  const [config, model] = await Promise.all([
    sageMaker.describeConfig(names.endpointConfig),
    sageMaker.describeModel(names.model),
  ]);
  if (!model) return [`the model ${names.model} was not created: ${causeOf(input)}`];
  if (!config) return [`the endpoint config ${names.endpointConfig} was not created: ${causeOf(input)}`];
  const [variant, ...others] = config.variants;
  return [
    ...(others.length > 0 ? [`the endpoint config has ${config.variants.length} variants, expected is one`] : []),
    ...differs('model of the config', variant?.model, names.model),
    ...differs('instance type', variant?.instanceType, hosting.instanceType),
    ...differs('number of instances', variant?.count, hosting.instanceCount),
    ...differs('place of captured data', trimmed(config.captureUri), trimmed(hosting.captureUri)),
    ...differs('image', model.image, manifest.image),
    ...differs('archive', model.archiveUri, manifest.archive.uri),
    ...differs('role', model.roleArn, hosting.executionRoleArn),
    ...differs('environment', canonicalJson(model.environment), canonicalJson(manifest.environment)),
  ];
}

const trimmed = (uri: string | undefined): string | undefined => uri?.replace(/\/+$/, '');

const differs = (what: string, found: unknown, expected: unknown): string[] =>
  found === expected ? [] : [`the ${what} is ${found ?? 'not set'}, approved is ${expected ?? 'none'}`];
