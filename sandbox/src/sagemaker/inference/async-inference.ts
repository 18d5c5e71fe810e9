import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError, answer, messageOf, runtimeValidationError } from '../api/errors';
import type { Scope } from '../api/scope';
import { joinS3, parseS3Uri } from '../aws/s3';
import type { Context } from '../context';
import type { HttpAnswer } from '../options';
import { ask } from './ask';
import type { Deployment } from './deployment';
import type { Endpoints } from './endpoints';
import type { ModelAnswer } from './http';
import { type InvokeRequest, serviceable } from './invoke';

/** AWS's default for InvocationTimeoutSeconds. */
const TIMEOUT_SECONDS = 900;
const DEFAULT_CONCURRENT = 4;

/** One accepted request; it is kept on disk until its result is in S3. */
interface Accepted {
  readonly id: string;
  readonly inferenceId: string;
  readonly endpointName: string;
  readonly scope: Scope;
  readonly inputLocation?: string;
  /** The payload in base64, where it came with the request. */
  readonly payload?: string;
  readonly headers: Record<string, string>;
  readonly timeoutSeconds: number;
  readonly outputLocation: string;
  readonly failureLocation: string;
  readonly receivedTime: string;
}

/** InvokeEndpointAsync: requests are queued, answered by the model in turn, and their results written to S3. */
export class AsyncInference {
  private readonly waiting: Accepted[] = [];
  private readonly running = new Map<string, number>();
  private readonly dir: string;

  constructor(
    private readonly context: Context,
    private readonly endpoints: Endpoints,
  ) {
    this.dir = join(context.options.stateDir, 'async');
  }

  /** Takes up what an earlier server had accepted and not finished. */
  async resume(): Promise<void> {
    for (const file of await readdir(this.dir).catch(() => [])) {
      const text = await readFile(join(this.dir, file), 'utf8');
      if (file.endsWith('.json')) this.waiting.push(JSON.parse(text) as Accepted);
    }
    this.next();
  }

  async invoke(scope: Scope, request: InvokeRequest): Promise<HttpAnswer> {
    const { context } = this;
    const members = context.runtimeRequests.read('InvokeEndpointAsync', request.headers);
    const { body, endpointName } = request;
    context.runtimeRequests.refuseLargeBody('InvokeEndpointAsync', body);
    const { deployment } = await serviceable(context, this.endpoints, scope, endpointName);
    const config = deployment.asyncConfig;
    if (!config) throw runtimeValidationError(`Endpoint ${endpointName} has no AsyncInferenceConfig.`);
    if (Boolean(members.InputLocation) === body.length > 0) {
      throw runtimeValidationError('Give either InputLocation or Body.');
    }
    const id = randomUUID();
    const { S3OutputPath, S3FailurePath = joinS3(S3OutputPath, 'failures') } = config.OutputConfig;
    const extension = members.S3OutputPathExtension ? [members.S3OutputPathExtension] : [];
    const accepted: Accepted = {
      id,
      inferenceId: members.InferenceId ?? id,
      endpointName,
      scope,
      inputLocation: members.InputLocation,
      payload: members.InputLocation ? undefined : body.toString('base64'),
      headers: modelHeaders(members),
      timeoutSeconds: Number(members.InvocationTimeoutSeconds ?? TIMEOUT_SECONDS),
      outputLocation: joinS3(S3OutputPath, ...extension, members.Filename ?? `${id}.out`),
      failureLocation: joinS3(S3FailurePath, ...extension, `${id}-error.out`),
      receivedTime: new Date().toISOString(),
    };
    await this.keep(accepted);
    this.waiting.push(accepted);
    this.next();
    const { headers, ...rest } = answer(202, { InferenceId: accepted.inferenceId });
    return {
      ...rest,
      headers: {
        ...headers,
        'x-amzn-sagemaker-outputlocation': accepted.outputLocation,
        'x-amzn-sagemaker-failurelocation': accepted.failureLocation,
      },
    };
  }

  private async keep(accepted: Accepted): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    const path = join(this.dir, `${accepted.id}.json`);
    await writeFile(`${path}.tmp`, JSON.stringify(accepted));
    await rename(`${path}.tmp`, path);
  }

  private next(): void {
    for (const accepted of [...this.waiting]) {
      const key = `${accepted.scope.accountId}.${accepted.scope.region}.${accepted.endpointName}`;
      const running = this.running.get(key) ?? 0;
      if (this.context.closing || running >= this.concurrent(accepted)) continue;
      this.waiting.splice(this.waiting.indexOf(accepted), 1);
      this.running.set(key, running + 1);
      void this.process(accepted).finally(() => {
        this.running.set(key, this.running.get(key)! - 1);
        this.next();
      });
    }
  }

  private concurrent({ scope, endpointName }: Accepted): number {
    const endpoint = this.context.store.get('endpoint', scope, endpointName);
    const config = endpoint?.describe.AsyncInferenceConfig?.ClientConfig;
    return config?.MaxConcurrentInvocationsPerInstance ?? DEFAULT_CONCURRENT;
  }

  private async process(accepted: Accepted): Promise<void> {
    const { context } = this;
    try {
      const result = await this.run(accepted);
      if (context.closing) return;
      await this.finish(accepted, result);
      await rm(join(this.dir, `${accepted.id}.json`), { force: true });
    } catch (error) {
      context.log(`The asynchronous request ${accepted.id} of ${accepted.endpointName} was lost: ${messageOf(error)}`);
    }
  }

  private async run(accepted: Accepted): Promise<{ deployment?: Deployment; answer?: ModelAnswer; error?: unknown }> {
    const { context } = this;
    const { scope, endpointName, headers, inputLocation, payload, timeoutSeconds } = accepted;
    let deployment: Deployment | undefined;
    try {
      ({ deployment } = await serviceable(context, this.endpoints, scope, endpointName));
      const variant = deployment.choose(undefined)!;
      const body = inputLocation
        ? await variant.s3.read(scope, parseS3Uri(inputLocation))
        : Buffer.from(payload!, 'base64');
      variant.underWay += 1;
      const asked = ask(variant, {}, { headers, body, timeoutMs: timeoutSeconds * 1000 });
      const answer = await asked.finally(() => {
        variant.underWay -= 1;
      });
      return { deployment, answer };
    } catch (error) {
      return { deployment, error };
    }
  }

  private async finish(
    accepted: Accepted,
    { deployment, answer, error }: { deployment?: Deployment; answer?: ModelAnswer; error?: unknown },
  ): Promise<void> {
    const { context } = this;
    const output = deployment?.asyncConfig.OutputConfig;
    const kmsKeyId = output?.KmsKeyId as string | undefined;
    const s3 = deployment?.choose(undefined)?.s3 ?? context.s3;
    if (answer) await s3.put(accepted.scope, accepted.outputLocation, answer.body, kmsKeyId);
    else await s3.put(accepted.scope, accepted.failureLocation, failureText(error), kmsKeyId);
    const { SuccessTopic, ErrorTopic } = output?.NotificationConfig ?? {};
    const topic = answer ? SuccessTopic : ErrorTopic;
    if (topic) await context.topics.publish(accepted.scope, topic, notification(accepted, answer, error));
  }
}

function modelHeaders(members: Record<string, string | undefined>): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': members.ContentType ?? 'application/octet-stream',
    accept: members.Accept ?? '*/*',
  };
  if (members.CustomAttributes) headers['x-amzn-sagemaker-custom-attributes'] = members.CustomAttributes;
  if (members.InferenceId) headers['x-amzn-sagemaker-inference-id'] = members.InferenceId;
  return headers;
}

const failureText = (error: unknown): string =>
  error instanceof ApiError && error.fields.OriginalMessage !== undefined
    ? String(error.fields.OriginalMessage)
    : messageOf(error);

/** What the topics of NotificationConfig are told. */
function notification(accepted: Accepted, answer: ModelAnswer | undefined, error: unknown): object {
  const { scope, endpointName, inputLocation, receivedTime, inferenceId, outputLocation, failureLocation } = accepted;
  return {
    awsRegion: scope.region,
    eventTime: new Date().toISOString(),
    receivedTime,
    invocationStatus: answer ? 'Completed' : 'Failed',
    ...(answer ? {} : { failureReason: messageOf(error) }),
    requestParameters: { endpointName, ...(inputLocation ? { inputLocation } : {}) },
    responseParameters: answer ? { contentType: answer.headers['content-type'], outputLocation } : { failureLocation },
    inferenceId,
    eventVersion: '1.0',
    eventSource: 'aws:sagemaker',
    eventName: 'InferenceResult',
  };
}
