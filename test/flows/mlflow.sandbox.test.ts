import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type Flows, openFlows } from './support/flows';
import { type AskMlflow, mlflowOf } from './support/mlflow';

let flows: Flows;
let ask: AskMlflow;
beforeAll(async () => {
  flows = await openFlows(inject('sandbox'));
  ask = await mlflowOf(flows);
});

describe("MLflow's API, deployed", () => {
  test('keeps a run with its metrics, and registers what it made', async () => {
    const { experiment_id } = (await ask('POST', 'mlflow/experiments/create', { name: 'flows' })).body;
    const run = (await ask('POST', 'mlflow/runs/create', { experiment_id, start_time: 1 })).body.run.info;
    const metrics = Array.from({ length: 60 }, (_, step) => ({
      key: 'loss',
      value: 1 / (step + 1),
      timestamp: step,
      step,
    }));
    expect((await ask('POST', 'mlflow/runs/log-batch', { run_id: run.run_id, metrics })).status).toBe(200);
    const history = await ask('GET', 'mlflow/metrics/get-history', { run_id: run.run_id, metric_key: 'loss' });
    expect(history.body.metrics).toEqual(metrics);
    const found = await ask('POST', 'mlflow/runs/search', {
      experiment_ids: [experiment_id],
      filter: 'metrics.loss < 0.1',
    });
    expect(found.body.runs).toHaveLength(1);
    const name = 'Flows model';
    await ask('POST', 'mlflow/registered-models/create', { name });
    await ask('POST', 'mlflow/model-versions/create', {
      name,
      source: `${run.artifact_uri}/model`,
      run_id: run.run_id,
    });
    await ask('POST', 'mlflow/registered-models/alias', { name, alias: 'champion', version: '1' });
    const { model_version } = (await ask('GET', 'mlflow/registered-models/alias', { name, alias: 'champion' })).body;
    expect(model_version).toMatchObject({ version: '1', run_id: run.run_id, aliases: ['champion'] });
    expect(run.artifact_uri).toMatch(new RegExp(`^s3://.+/mlflow/artifacts/${experiment_id}/${run.run_id}/artifacts$`));
  });

  test('keeps a record that is too long for the table, and artefacts by URLs that it signs', async () => {
    const { run_id } = (await ask('POST', 'mlflow/runs/create', { experiment_id: '0' })).body.run.info;
    for (let i = 0; i < 90; i += 30) {
      const params = Array.from({ length: 30 }, (_, j) => ({ key: `p${i + j}`, value: 'x'.repeat(6_000) }));
      expect((await ask('POST', 'mlflow/runs/log-batch', { run_id, params })).status).toBe(200);
    }
    expect((await ask('GET', 'mlflow/runs/get', { run_id })).body.run.data.params).toHaveLength(90);
    const file = 'mlflow-artifacts';
    const { body } = await ask('POST', `${file}/mpu/create/0/${run_id}`, { path: 'big.bin', num_parts: 1 });
    const sent = await fetch(body.credentials[0].url, { method: 'PUT', body: 'bytes' });
    const parts = [{ part_number: 1, etag: sent.headers.get('etag') }];
    const upload = { path: 'big.bin', upload_id: body.upload_id, parts };
    expect((await ask('POST', `${file}/mpu/complete/0/${run_id}`, upload)).status).toBe(200);
    const { url, file_size } = (await ask('GET', `${file}/presigned/0/${run_id}/big.bin`)).body;
    expect([file_size, await (await fetch(url)).text()]).toEqual([5, 'bytes']);
    expect((await ask('GET', `${file}/artifacts`, { path: `0/${run_id}` })).body.files).toHaveLength(1);
    const open = (await ask('POST', `${file}/mpu/create/0/${run_id}`, { path: 'other.bin' })).body.upload_id;
    expect((await ask('POST', `${file}/mpu/abort/0/${run_id}`, { path: 'other.bin', upload_id: open })).status).toBe(
      200,
    );
  });

  test('is named by the command', async () => {
    const { json } = await flows.mlops('mlflow');
    expect(json).toMatchObject({
      MLFLOW_TRACKING_AWS_SIGV4: 'true',
      MLFLOW_TRACKING_URI: expect.stringMatching(/^http/),
    });
    expect(JSON.stringify(json)).not.toMatch(/SECRET|TOKEN/);
  });
});
