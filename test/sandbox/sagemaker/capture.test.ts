import { describe, expect, it } from 'vitest';
import { type CaptureConfig, captureKey, captureRecord } from '../../../sandbox/src/sagemaker/inference/capture';

const config: CaptureConfig = {
  InitialSamplingPercentage: 100,
  DestinationS3Uri: 's3://bucket/capture/',
  CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
  CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'], JsonContentTypes: ['application/json'] },
};
const time = new Date('2026-03-04T05:06:07.089Z');
const invocation = {
  eventId: 'e',
  inferenceId: 'i',
  time,
  input: { body: Buffer.from('1,2'), contentType: 'text/csv; charset=utf-8' },
  output: { body: Buffer.from('{"p":1}'), contentType: 'application/json' },
};

describe('captured data', () => {
  it('has the form that Model Monitor reads', () => {
    expect(JSON.parse(captureRecord(config, invocation))).toEqual({
      captureData: {
        endpointInput: { observedContentType: 'text/csv; charset=utf-8', mode: 'INPUT', data: '1,2', encoding: 'CSV' },
        endpointOutput: { observedContentType: 'application/json', mode: 'OUTPUT', data: '{"p":1}', encoding: 'JSON' },
      },
      eventMetadata: { eventId: 'e', inferenceId: 'i', inferenceTime: '2026-03-04T05:06:07Z' },
      eventVersion: '0',
    });
  });

  it('is base64 for types that the config does not list', () => {
    const record = JSON.parse(captureRecord({ ...config, CaptureContentTypeHeader: undefined }, invocation));
    expect(record.captureData.endpointInput).toMatchObject({ data: 'MSwy', encoding: 'BASE64' });
  });

  it('holds only the sides that were asked for', () => {
    const record = JSON.parse(captureRecord({ ...config, CaptureOptions: [{ CaptureMode: 'Output' }] }, invocation));
    expect(Object.keys(record.captureData)).toEqual(['endpointOutput']);
  });

  it('lies below endpoint, variant and hour', () => {
    expect(captureKey(config, 'ep', 'All', time)).toMatch(
      /^s3:\/\/bucket\/capture\/ep\/All\/2026\/03\/04\/05\/06-07-089-[0-9a-f-]{36}\.jsonl$/,
    );
  });
});
