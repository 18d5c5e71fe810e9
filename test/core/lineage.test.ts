import { describe, expect, it } from 'vitest';
import { lineageTree, mermaid, openLineageEvents } from '../../core/lineage';
import type { LineageGraph } from '../../lib/registry/contract';

const graph: LineageGraph = {
  root: 'version:credit:7',
  nodes: [
    { id: 'version:credit:7', kind: 'version', label: 'credit version 7', status: 'CHAMPION', digest: 'ab'.repeat(32) },
    {
      id: 'run:credit-1',
      kind: 'run',
      label: 'run credit-1',
      status: 'SUCCEEDED',
      model: 'credit',
      time: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:05:00.000Z',
    },
    { id: 'dataset:loans:3', kind: 'dataset', label: 'data loans version 3', uri: 's3://b/data/loans/', digest: 'cd' },
    { id: 'image:r/i@sha256:1', kind: 'image', label: 'image r/i "quoted" #1', more: true },
    {
      id: 'release:r1',
      kind: 'release',
      label: 'release r1',
      status: 'RUNNING',
      model: 'credit',
      time: '2026-01-02T00:00:00.000Z',
    },
  ],
  edges: [
    { from: 'run:credit-1', to: 'version:credit:7' },
    { from: 'image:r/i@sha256:1', to: 'version:credit:7' },
    { from: 'image:r/i@sha256:1', to: 'run:credit-1' },
    { from: 'dataset:loans:3', to: 'run:credit-1' },
    { from: 'version:credit:7', to: 'release:r1' },
  ],
  truncated: true,
};

describe('a lineage', () => {
  it('is two trees for people', () => {
    expect(lineageTree(graph).split('\n')).toEqual([
      'credit version 7  CHAMPION  abababababab',
      '',
      'came from',
      '├─ image r/i "quoted" #1  … and more',
      '└─ run credit-1  SUCCEEDED  2026-01-01 00:00 to 2026-01-01 00:05',
      '   ├─ data loans version 3  cd',
      '   └─ image r/i "quoted" #1  … and more',
      '',
      'led to',
      '└─ release r1  RUNNING  2026-01-02 00:00',
    ]);
  });

  it('is a Mermaid flowchart whose texts end where they should', () => {
    const lines = mermaid(graph).split('\n');
    expect(lines[0]).toBe('flowchart LR');
    expect(lines).toContain('  n3["image r/i #34;quoted#34; #35;1 · …"]');
    expect(lines).toContain('  n2 --> n1');
    expect(lines.at(-1)).toBe('  style n0 stroke-width:4px');
  });
});

describe('OpenLineage', () => {
  const events = openLineageEvents(graph, 'cdk-mlops://dev');
  const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it('has a START for each run and release, and an end where it ended', () => {
    expect(events.map(({ eventType, job, eventTime }) => [eventType, job.name, eventTime])).toEqual([
      ['START', 'credit.training', '2026-01-01T00:00:00.000Z'],
      ['COMPLETE', 'credit.training', '2026-01-01T00:05:00.000Z'],
      ['START', 'credit.release', '2026-01-02T00:00:00.000Z'],
    ]);
    expect(events[0]!.run.runId).toBe(events[1]!.run.runId);
    expect(events[0]!.run.runId).not.toBe(events[2]!.run.runId);
  });

  it('reads and writes datasets by where they lie', () => {
    expect(events[1]!.inputs).toContainEqual(expect.objectContaining({ namespace: 's3://b', name: 'data/loans' }));
    expect(events[1]!.outputs.map(({ name }) => name)).toEqual(['version:credit:7']);
    expect(events[1]!.outputs[0]!.facets.version).toMatchObject({ datasetVersion: 'ab'.repeat(32) });
  });

  it('carries every member that its schema requires (OpenLineage 2-0-2, RunEvent)', () => {
    for (const event of events) {
      expect(new Date(event.eventTime).toISOString()).toBe(event.eventTime);
      expect(() => [new URL(event.producer), new URL(event.schemaURL)]).not.toThrow();
      expect(event.run.runId).toMatch(UUID);
      expect(['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER']).toContain(event.eventType);
      expect(event.job.namespace).toBe('cdk-mlops://dev');
      const things = [event.run, event.job, ...event.inputs, ...event.outputs];
      for (const facet of things.flatMap(({ facets }) => Object.values(facets))) {
        expect(() => [new URL(facet._producer), new URL(facet._schemaURL)]).not.toThrow();
      }
    }
    // As computed by Python's uuid.uuid5(uuid.NAMESPACE_URL, 'https://github.com/cdk-mlops/cdk-mlops/cdk-mlops://dev/run:credit-1').
    expect(events[0]!.run.runId).toBe('fd429785-d669-530d-8760-6bfb56a406c0');
  });
});
