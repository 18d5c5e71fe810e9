import { expect, it } from 'vitest';
import { mlops, NO_SANDBOX } from './run-command';

const resource = { logicalId: 'Logs', type: 'AWS::S3::Bucket', physicalId: 'logs', reader: true, unreadable: {} };
const stacks = [
  {
    stack: 'shop',
    status: 'CREATE_COMPLETE',
    resources: [
      {
        ...resource,
        differences: [{ property: 'Tags[]', wanted: { Key: 'a', Value: 'b' }, found: null }],
        uncovered: ['MetricsConfigurations'],
      },
    ],
  },
  { stack: 'tidy', status: 'CREATE_COMPLETE', resources: [{ ...resource, differences: [], uncovered: [] }] },
];
const run = (...args: string[]) =>
  mlops(['sandbox', 'readback', ...args], {
    sandbox: {
      ...NO_SANDBOX,
      readBackStacks: async (asked) => stacks.filter(({ stack }) => stack === (asked?.stack ?? stack)),
    },
  });

it('tells of each property that a deployed stack does not have as its template wants it', async () => {
  const { code, stdout } = await run();
  expect(code).toBe(0);
  expect(stdout).toContain('Logs (AWS::S3::Bucket) Tags[]: wanted {"Key":"a","Value":"b"}, is nothing');
  expect(stdout).toContain('Logs (AWS::S3::Bucket) not compared: MetricsConfigurations');
  expect(stdout).toContain('tidy: 1 resources read back, all as wanted');
});

it('writes what was found as a document', async () => {
  expect((await run('tidy', '--json')).json()).toEqual([stacks[1]]);
});

it('says so where the stack is not deployed', async () => {
  const { code, stderr } = await run('nowhere');
  expect(code).toBe(4);
  expect(stderr).toContain('No stack nowhere is deployed in the sandbox.');
});
