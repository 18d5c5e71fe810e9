import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { beginDeploy } from '../../lambdas/release/begin-deploy';
import { buildManifest, manifestDigestOf, namesOf } from '../../lambdas/release/manifest';
import { promote } from '../../lambdas/release/promote';
import { readBack } from '../../lambdas/release/read-back';
import { nextStep, rollBack } from '../../lambdas/release/roll-back';
import type { Endpoint, EndpointConfig, HostedModel } from '../../lambdas/release/sagemaker.client';
import { EXECUTION, FakeRegistry, hosting, RELEASE, sha, versionRecord } from './fakes';

const manifest = buildManifest(versionRecord(), hosting, { account: '111122223333', region: 'eu-west-1' });
const manifestDigest = manifestDigestOf(manifest);
const names = namesOf(manifest, manifestDigest);
const input = { releaseId: RELEASE, manifest, manifestDigest, names };
const BUSY = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting'];

/** One endpoint with the rules of SageMaker that matter here; changes finish when `settle` is called. */
class FakeSageMaker {
  endpoint: Endpoint | undefined;
  configs = new Map<string, EndpointConfig>();
  models = new Map<string, HostedModel>();
  readonly calls: string[] = [];
  private next: Endpoint | undefined;

  describeEndpoint = async () => this.endpoint;
  describeConfig = async (name: string) => this.configs.get(name);
  describeModel = async (name: string) => this.models.get(name);
  createEndpoint = async (_name: string, config: string) => this.change('create', 'Creating', config);
  updateEndpoint = async (_name: string, config: string) => this.change('update', 'Updating', config);
  deleteEndpoint = async () => {
    this.calls.push('delete');
    this.endpoint = { ...this.endpoint!, status: 'Deleting' };
    this.next = undefined;
  };
  deleteConfig = async (name: string) => {
    this.calls.push(`deleteConfig ${name}`);
    this.configs.delete(name);
  };
  deleteModel = async (name: string) => {
    this.calls.push(`deleteModel ${name}`);
    this.models.delete(name);
  };
  settle(): void {
    if (this.endpoint && BUSY.includes(this.endpoint.status)) this.endpoint = this.next;
  }
  private change(call: string, status: string, config: string): void {
    if (this.endpoint && this.endpoint.status !== 'InService')
      throw new Error(`Cannot ${call}: ${this.endpoint.status}`);
    this.calls.push(`${call} ${config}`);
    this.endpoint = { status, config: this.endpoint?.config, images: [] };
    this.next = { status: 'InService', config, images: [manifest.image] };
  }
}

const serving = (config: string, image = manifest.image): Endpoint => ({
  status: 'InService',
  config,
  images: [image],
});

describe('deployment', () => {
  let registry: FakeRegistry;
  let sageMaker: FakeSageMaker;
  const tools = () => ({ store: registry.store, model: 'credit', sageMaker });
  const backAll = async () => {
    for (let look = 0; look < 10; look++) {
      if ((await rollBack(RELEASE, tools())).done) return;
      sageMaker.settle();
    }
    throw new Error('The roll-back does not end.');
  };

  beforeEach(() => {
    registry = new FakeRegistry();
    sageMaker = new FakeSageMaker();
    sageMaker.configs.set(names.endpointConfig, {
      variants: [{ model: names.model, instanceType: 'ml.m5.large', count: 1 }],
    });
    sageMaker.models.set(names.model, {
      image: manifest.image,
      archiveUri: manifest.archive.uri,
      environment: manifest.environment,
      roleArn: hosting.executionRoleArn,
    });
  });

  describe('BeginDeploy', () => {
    it('writes the way back down before anything is touched, and answers the same again', async () => {
      sageMaker.endpoint = serving('credit-v2');
      const first = await beginDeploy(input, tools());
      expect(first).toMatchObject({ ready: true, endpointExists: true, alreadyServing: false });
      // A crash after the update: what serves now is no way back.
      sageMaker.endpoint = serving(names.endpointConfig);
      expect(await beginDeploy(input, tools())).toEqual(first);
      expect(registry.release.steps[0]).toMatchObject({ step: 'Deploy', output: { previousConfig: 'credit-v2' } });
    });

    it('waits while another release deploys this model', async () => {
      registry.lockedBy = 'credit-0';
      expect(await beginDeploy(input, tools())).toMatchObject({ ready: false });
      expect(registry.release.steps).toEqual([]);
    });

    it.each(BUSY)('waits while the endpoint is %s', async (status) => {
      sageMaker.endpoint = { ...serving('credit-v2'), status };
      expect(await beginDeploy(input, tools())).toMatchObject({
        ready: false,
        reason: expect.stringContaining(status),
      });
    });

    it('removes an endpoint that never came to life, then creates it', async () => {
      sageMaker.endpoint = { ...serving('credit-v2'), status: 'Failed' };
      expect(await beginDeploy(input, tools())).toMatchObject({ ready: false });
      sageMaker.settle();
      expect(await beginDeploy(input, tools())).toMatchObject({ ready: true, endpointExists: false });
    });

    it('knows a version that serves already', async () => {
      sageMaker.endpoint = serving(names.endpointConfig);
      expect(await beginDeploy(input, tools())).toMatchObject({ ready: true, alreadyServing: true });
    });
  });

  describe('ReadBack', () => {
    const definition = () => readBack({ ...input, phase: 'definition', failure: { Cause: 'quota reached' } }, tools());
    const endpoint = () => readBack({ ...input, phase: 'endpoint' }, tools());

    it('passes what is as approved', async () => {
      expect(await definition()).toEqual({ settled: true });
      sageMaker.endpoint = serving(names.endpointConfig, `copy.dkr/xgboost@sha256:${sha('image')}`);
      expect(await endpoint()).toEqual({ settled: true });
    });

    it('stops before the endpoint is touched where somebody else made a model of that name', async () => {
      sageMaker.models.set(names.model, {
        ...sageMaker.models.get(names.model)!,
        archiveUri: 's3://evil/model.tar.gz',
      });
      await expect(definition()).rejects.toThrow(/archive is s3:\/\/evil/);
    });

    it('hands on why something was not created', async () => {
      sageMaker.models.clear();
      await expect(definition()).rejects.toThrow(/was not created: quota reached/);
    });

    it('asks again while the endpoint changes', async () => {
      sageMaker.endpoint = { status: 'Updating', config: 'credit-v2', images: [] };
      expect(await endpoint()).toEqual({ settled: false });
    });

    it('stops where SageMaker has gone back by itself, another image runs, or the endpoint failed', async () => {
      sageMaker.endpoint = { ...serving('credit-v2'), failureReason: 'the container did not answer its ping' };
      await expect(endpoint()).rejects.toThrow(/serves the config credit-v2.*ping/);
      sageMaker.endpoint = serving(names.endpointConfig, `xgboost@sha256:${sha('other')}`);
      await expect(endpoint()).rejects.toThrow(/the image that runs is/);
      sageMaker.endpoint = { status: 'Failed', config: names.endpointConfig, images: [], failureReason: 'no capacity' };
      await expect(endpoint()).rejects.toThrow(/is Failed: no capacity/);
    });
  });

  describe('RollBack', () => {
    it('brings the former config back and removes what the release made', async () => {
      sageMaker.endpoint = serving('credit-v2');
      await beginDeploy(input, tools());
      sageMaker.endpoint = serving(names.endpointConfig);
      await backAll();
      expect(sageMaker.endpoint).toMatchObject({ status: 'InService', config: 'credit-v2' });
      expect(sageMaker.configs.size + sageMaker.models.size).toBe(0);
    });

    it('removes a new endpoint that failed its test', async () => {
      await beginDeploy(input, tools());
      sageMaker.endpoint = serving(names.endpointConfig);
      await backAll();
      expect(sageMaker.endpoint).toBeUndefined();
    });

    it('touches no endpoint where nothing was deployed', async () => {
      sageMaker.endpoint = serving('credit-v2');
      await backAll();
      expect(sageMaker.calls).toEqual([]);
      await beginDeploy(input, tools());
      await backAll();
      expect(sageMaker.calls).toEqual([`deleteConfig ${names.endpointConfig}`, `deleteModel ${names.model}`]);
    });

    it('keeps the config that served before when it is the released one', async () => {
      sageMaker.endpoint = serving(names.endpointConfig);
      await beginDeploy(input, tools());
      await backAll();
      expect(sageMaker.calls).toEqual([]);
    });

    it('leaves a promoted version where it is', async () => {
      sageMaker.endpoint = serving('credit-v2');
      await beginDeploy(input, tools());
      sageMaker.endpoint = serving(names.endpointConfig);
      await promote({ releaseId: RELEASE, names, executionArn: EXECUTION }, tools());
      await backAll();
      expect(sageMaker.endpoint.config).toBe(names.endpointConfig);
      expect(sageMaker.calls).toEqual([]);
    });

    it('never gives up the config that served before, whatever state the endpoint is in', () => {
      const status = fc.constantFrom('InService', 'Failed', 'OutOfService', 'UpdateRollbackFailed', ...BUSY);
      const config = fc.constantFrom('credit-v2', names.endpointConfig);
      fc.assert(
        fc.property(fc.option(fc.record({ status, config }), { nil: undefined }), (found) => {
          const plan = { names, endpointExists: true, previousConfig: 'credit-v2' };
          const next = nextStep(plan, found && { ...found, images: [] });
          if (next === 'done') expect(found).toEqual({ status: 'InService', config: 'credit-v2' });
          if (next === 'delete') expect(found?.status).toBe('Failed');
        }),
      );
    });
  });
});
