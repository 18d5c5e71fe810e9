import { describe, expect, it } from 'vitest';
import { useFakeSession } from './fake-session';
import { mlops } from './run-command';

const session = useFakeSession();

describe('mlops lineage', () => {
  const graph = {
    root: 'version:diagnosis:1',
    nodes: [
      { id: 'version:diagnosis:1', kind: 'version', label: 'diagnosis version 1', status: 'CHAMPION' },
      { id: 'run:r1', kind: 'run', label: 'run r1', status: 'SUCCEEDED', time: '2026-01-01T00:00:00.000Z' },
    ],
    edges: [{ from: 'run:r1', to: 'version:diagnosis:1' }],
    truncated: true,
  };

  it('shows trees, diagrams, the graph or OpenLineage events of what the API answers', async () => {
    session.aws.api('GET /lineage', { body: graph });
    const tree = await mlops(['lineage', 'diagnosis@champion', '--direction', 'up', '--depth', '3']);
    expect(tree.stdout).toContain('came from\n└─ run r1  SUCCEEDED');
    expect(tree.stderr).toContain('This is not all');
    expect(session.aws.callsOf('GET /lineage')[0]!.query).toEqual({
      of: 'diagnosis@champion',
      direction: 'up',
      depth: '3',
    });
    const formatted = async (format: string) => (await mlops(['lineage', 'diagnosis@1', '--format', format])).stdout;
    expect(await formatted('mermaid')).toMatch(/^flowchart LR\n/);
    expect(JSON.parse(await formatted('json'))).toEqual(graph);
    expect(JSON.parse(await formatted('openlineage'))[0]).toMatchObject({
      eventType: 'START',
      job: { namespace: 'cdk-mlops://mlops-dev' },
    });
    expect(await mlops(['lineage', 'x', '--format', 'png'])).toMatchObject({ code: 2 });
  });
});
