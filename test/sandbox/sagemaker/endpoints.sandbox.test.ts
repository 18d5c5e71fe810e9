import {
  CreateEndpointCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  UpdateEndpointCommand,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually';
import { createConfig, createModel, ROLE, SKLEARN, settled } from './support/requests';
import { startServer, type TestServer } from './support/server';

const sandbox = inject('sandbox');
const MODEL = `import os, time
def model_fn(folder):
    return 1
def transform_fn(model, body, kind, accept):
    if body == "die":
        os._exit(3)
    if body == "sleep":
        time.sleep(30)
    if body == "raise":
        raise RuntimeError("broken")
    return NAME + body, "text/csv"
`;
const named = (name: string) => `NAME = "${name}:"\n${MODEL}`;

describe('endpoints', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(sandbox, { invokeTimeoutSeconds: 2 });
    await createModel(server, 'one', named('one'));
    await createModel(server, 'two', named('two'), { EnableNetworkIsolation: true });
    await createModel(server, 'broken', 'raise RuntimeError("broken")\n');
    await createConfig(server, 'config-one', ['one'], true);
    await createConfig(server, 'config-two', ['two']);
    await createConfig(server, 'config-broken', ['broken']);
    await server.sageMaker.send(new CreateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'config-one' }));
  });
  afterAll(async () => {
    expect(server.nonConforming).toEqual([]);
    await server.close();
    expect(server.status().endpoints.every((endpoint) => endpoint.pid === 0 || !alive(endpoint.pid))).toBe(true);
  });
  const invoke = async (body: string, extra: object = {}) => {
    const request = { EndpointName: 'live', ContentType: 'text/csv', Body: body, ...extra };
    const answer = await server.runtime.send(new InvokeEndpointCommand(request));
    return { ...answer, text: Buffer.from(answer.Body!).toString() };
  };
  const update = (config: string) =>
    server.sageMaker.send(new UpdateEndpointCommand({ EndpointName: 'live', EndpointConfigName: config }));

  it('serve, and show which image by its digest', async () => {
    const endpoint = await settled(server, 'live');
    expect(endpoint).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'config-one' });
    const [image] = endpoint.ProductionVariants![0]!.DeployedImages!;
    expect(image!.SpecifiedImage).toBe(SKLEARN);
    expect(image!.ResolvedImage).toMatch(/sagemaker-scikit-learn@sha256:[0-9a-f]{64}$/);
    expect(await invoke('x')).toMatchObject({
      text: 'one:x',
      ContentType: 'text/csv',
      InvokedProductionVariant: 'variant-0',
    });
    const event = server.events.findLast((candidate) => candidate.detailType === 'SageMaker Endpoint State Change');
    expect(event!.detail).toMatchObject({ EndpointName: 'live', EndpointStatus: 'IN_SERVICE' });
  });

  it('capture what went in and out, and count it', async () => {
    await invoke('captured', { InferenceId: 'id-7' });
    const record = await eventually(async () => {
      const keys = await server.bucket.keys('capture/live/variant-0/');
      const texts = await Promise.all(keys.map((key) => server.bucket.get(key)));
      return texts.flatMap((text) => text.trim().split('\n')).find((line) => line.includes('id-7'));
    });
    expect(JSON.parse(record)).toMatchObject({
      captureData: {
        endpointInput: { data: 'captured', encoding: 'CSV', mode: 'INPUT' },
        endpointOutput: { data: 'one:captured', encoding: 'CSV', mode: 'OUTPUT' },
      },
      eventMetadata: { inferenceId: 'id-7' },
    });
    const latency = server.metrics.find((datum) => datum.name === 'ModelLatency');
    expect(latency).toMatchObject({
      unit: 'Microseconds',
      dimensions: { EndpointName: 'live', VariantName: 'variant-0' },
    });
  });

  it("answer a model's failure as ModelError, with what the model said", async () => {
    await expect(invoke('raise')).rejects.toMatchObject({
      name: 'ModelError',
      OriginalStatusCode: 500,
      OriginalMessage: 'RuntimeError: broken',
    });
    await expect(invoke('sleep')).rejects.toMatchObject({ name: 'ModelError', message: /timed out/ });
    expect(server.metrics.some((datum) => datum.name === 'Invocation5XXErrors' && datum.value === 1)).toBe(true);
  });

  it('start a process that died again', async () => {
    await expect(invoke('die')).rejects.toMatchObject({ name: 'ModelError' });
    expect(await eventually(async () => (await invoke('back')).text)).toBe('one:back');
  });

  it('keep serving the old config when the new one does not come up', async () => {
    await update('config-broken');
    expect((await invoke('meanwhile')).text).toBe('one:meanwhile');
    const endpoint = await settled(server, 'live');
    expect(endpoint).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'config-one' });
    expect(endpoint.FailureReason).toContain('variant-0 did not pass the ping health check');
    expect((await invoke('x')).text).toBe('one:x');
  });

  it('change to a new config without a request lost', async () => {
    await update('config-two');
    await expect(update('config-one')).rejects.toThrow('Cannot update in-progress endpoint');
    const answers = new Set<string>();
    const endpoint = await eventually(async () => {
      answers.add((await invoke('x')).text);
      const found = await server.sageMaker.send(new DescribeEndpointCommand({ EndpointName: 'live' }));
      return found.EndpointStatus === 'InService' ? found : undefined;
    });
    expect(endpoint).toMatchObject({ EndpointConfigName: 'config-two' });
    expect(endpoint.FailureReason).toBeUndefined();
    expect((await invoke('x')).text).toBe('two:x');
    expect([...answers].every((text) => ['one:x', 'two:x'].includes(text))).toBe(true);
  });

  it('come back with a server that was restarted', async () => {
    await server.restart();
    expect(await eventually(async () => (await invoke('again')).text)).toBe('two:again');
  });

  it('choose among variants, or take the one that is asked for', async () => {
    await createConfig(server, 'config-both', ['one', 'two']);
    await update('config-both');
    await settled(server, 'live');
    expect((await invoke('x', { TargetVariant: 'variant-1' })).text).toBe('two:x');
    await expect(invoke('x', { TargetVariant: 'none' })).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('that never come up are Failed, and refuse requests', async () => {
    const name = { EndpointName: 'dead' };
    await server.sageMaker.send(new CreateEndpointCommand({ ...name, EndpointConfigName: 'config-broken' }));
    expect(await settled(server, 'dead')).toMatchObject({ EndpointStatus: 'Failed' });
    await expect(invoke('x', name)).rejects.toMatchObject({ name: 'ValidationError', message: /its status is Failed/ });
    await server.sageMaker.send(new DeleteEndpointCommand(name));
    await expect(settled2(name)).rejects.toThrow('Could not find endpoint');
  });

  it('refuse names that are taken or unknown, and models without data', async () => {
    const create = new CreateEndpointCommand({ EndpointName: 'live', EndpointConfigName: 'config-one' });
    await expect(server.sageMaker.send(create)).rejects.toThrow('Cannot create already existing endpoint');
    await expect(invoke('x', { EndpointName: 'none' })).rejects.toMatchObject({ name: 'ValidationError' });
    const container = { Image: SKLEARN, ModelDataUrl: server.bucket.uri('none.tar.gz') };
    const model = new CreateModelCommand({ ModelName: 'none', ExecutionRoleArn: ROLE, PrimaryContainer: container });
    await expect(server.sageMaker.send(model)).rejects.toThrow('Could not find model data');
  });

  const settled2 = (name: { EndpointName: string }) => server.sageMaker.send(new DescribeEndpointCommand(name));
});

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
