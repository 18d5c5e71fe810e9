import { createHash } from 'node:crypto';
import type { LineageGraph, LineageNode } from '../../lib/registry/contract';

/** https://openlineage.io/spec/2-0-2/OpenLineage.json, as far as we write it. */
export interface RunEvent {
  readonly eventType: 'START' | 'COMPLETE' | 'ABORT' | 'FAIL' | 'OTHER';
  readonly eventTime: string;
  readonly run: { readonly runId: string; readonly facets: Readonly<Record<string, Facet>> };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Readonly<Record<string, Facet>> };
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
  readonly producer: string;
  readonly schemaURL: string;
}

export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [name: string]: unknown;
}

export interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets: Readonly<Record<string, Facet>>;
}

const SPEC = 'https://openlineage.io/spec';
const PRODUCER = 'https://github.com/cdk-mlops/cdk-mlops';

/** OpenLineage's word for the end of a run or release; while it is open, it has only started. */
const EVENT_TYPE: Readonly<Record<string, RunEvent['eventType']>> = {
  SUCCEEDED: 'COMPLETE',
  REJECTED: 'FAIL',
  FAILED: 'FAIL',
  STOPPED: 'ABORT',
};

/**
 * A lineage as OpenLineage RunEvents: each run and each release is a run of the job `<model>.training` or
 * `<model>.release`, a START and where it ended its end; all else are datasets, named by where their bytes lie. Run ids
 * are UUIDs there: ours go into version 5 ones, always the same, and stand in the facet `cdkMlops`.
 * @param namespace of jobs and of what has no place, such as the platform's name
 */
export function openLineageEvents(graph: LineageGraph, namespace: string): RunEvent[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const datasets = (ids: readonly string[]): Dataset[] =>
    ids.map((id) => nodes.get(id)!).map((node) => datasetOf(node, namespace));
  const happened = graph.nodes.filter(({ kind }) => kind === 'run' || kind === 'release');
  return happened.flatMap((node) => {
    const id = node.id.slice(node.kind.length + 1);
    const common = {
      run: {
        runId: uuid(`${namespace}/${node.id}`),
        facets: { cdkMlops: facet('RunFacet', { id, label: node.label }) },
      },
      job: {
        namespace,
        name: `${node.model ?? 'unknown'}.${node.kind === 'run' ? 'training' : 'release'}`,
        facets: { jobType: JOB_TYPE },
      },
      inputs: datasets(graph.edges.filter(({ to }) => to === node.id).map(({ from }) => from)),
      outputs: datasets(graph.edges.filter(({ from }) => from === node.id).map(({ to }) => to)),
      producer: PRODUCER,
      schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    };
    const end = EVENT_TYPE[node.status ?? ''];
    return [
      { eventType: 'START' as const, eventTime: node.time ?? '1970-01-01T00:00:00.000Z', ...common },
      ...(end && node.endedAt ? [{ eventType: end, eventTime: node.endedAt, ...common }] : []),
    ];
  });
}

const facet = (name: string, values: object): Facet => ({
  _producer: PRODUCER,
  _schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/${name}`,
  ...values,
});

const JOB_TYPE: Facet = {
  _producer: PRODUCER,
  _schemaURL: `${SPEC}/facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet`,
  processingType: 'BATCH',
  integration: 'CDK_MLOPS',
  jobType: 'JOB',
};

/** `s3://bucket/path` is named as OpenLineage names S3: the bucket is the namespace, the path the name. */
function datasetOf(node: LineageNode, namespace: string): Dataset {
  const at = /^s3:\/\/([^/]+)\/(.*?)\/?$/.exec(node.uri ?? '');
  const place = at ? { namespace: `s3://${at[1]}`, name: at[2]! } : { namespace, name: node.id };
  const version = node.digest ?? node.id;
  return {
    ...place,
    facets: {
      version: {
        _producer: PRODUCER,
        _schemaURL: `${SPEC}/facets/1-0-0/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet`,
        datasetVersion: version,
      },
      cdkMlops: facet('DatasetFacet', { id: node.id, kind: node.kind, label: node.label }),
    },
  };
}

/** RFC 9562's namespace for URLs. */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** A name-based UUID, version 5. */
function uuid(name: string): string {
  const bytes = createHash('sha1').update(URL_NAMESPACE).update(`${PRODUCER}/${name}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
