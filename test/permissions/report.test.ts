import { describe, expect, it } from 'vitest';
import { permissionsReport } from '../../scripts/permissions/report';
import { faultsOf, type Reviewed } from '../../scripts/permissions/review';
import type { RecordedCall, Snapshot } from '../../scripts/permissions/snapshot';

const ROLE = 'arn:aws:iam::000000000000:role/flows-Role';
const path = (text: string) => ({ 'aws:cdk:path': `flows/Platform/${text}/Resource` });

/** A stack with a bucket and a role that may read it and send traces. */
const snapshot = (...calls: Partial<RecordedCall>[]): Snapshot => ({
  region: 'us-east-1',
  accountId: '000000000000',
  stacks: [
    {
      name: 'flows',
      resources: { Role: 'flows-Role', Bucket: 'flows-bucket' },
      template: {
        Resources: {
          Role: { Type: 'AWS::IAM::Role', Metadata: path('Reader/Role'), Properties: {} },
          Bucket: { Type: 'AWS::S3::Bucket', Metadata: path('Store/Bucket'), Properties: {} },
          Policy: {
            Type: 'AWS::IAM::Policy',
            Properties: {
              Roles: [{ Ref: 'Role' }],
              PolicyDocument: {
                Statement: [
                  {
                    Effect: 'Allow',
                    Action: ['s3:GetObject*', 's3:PutObject'],
                    Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '/data/*']] },
                  },
                  { Effect: 'Allow', Action: 'xray:PutTraceSegments', Resource: '*' },
                ],
              },
            },
          },
        },
      },
    },
  ],
  calls: calls.map(
    (call) => ({ principal: ROLE, service: 's3', decision: 'Allow', context: {}, ...call }) as RecordedCall,
  ),
});

const get = { action: 's3:GetObject', resource: 'arn:aws:s3:::flows-bucket/data/a.csv' };
const put = { action: 's3:PutObject', resource: 'arn:aws:s3:::flows-bucket/data/a.csv' };
const traces: Reviewed = {
  roles: /Role$/,
  actions: ['xray:PutTraceSegments'],
  why: 'traces',
  page: 'https://docs.aws.amazon.com',
};
const faults = async (reviewed: readonly Reviewed[], ...calls: Partial<RecordedCall>[]): Promise<string[]> =>
  faultsOf(await permissionsReport(snapshot(...calls), () => true), reviewed, []);

describe('the permissions of a role', () => {
  it('are right where each is used, or only AWS asks for it; a wildcard is what was used of it', async () => {
    expect(await faults([traces], get, put)).toEqual([]);
    const { grants } = await permissionsReport(snapshot(get, put), () => true);
    expect(grants.find(({ action }) => action === 's3:GetObject*')).toMatchObject({
      role: 'Reader/Role',
      resources: '<Store/Bucket>/data/*',
      used: ['s3:GetObject'],
    });
  });

  it('are wrong where one is never used, and where an entry of the reviewed list is taken away', async () => {
    expect(await faults([traces], get)).toEqual([
      'Reader/Role may s3:PutObject on <Store/Bucket>/data/*, and nothing uses it',
    ]);
    expect(await faults([], get, put)).toEqual(['Reader/Role may xray:PutTraceSegments on *, and nothing uses it']);
  });

  it('are wrong where the reviewed list speaks for what is not granted, or is used', async () => {
    const stale = { ...traces, actions: ['xray:PutTraceSegments', 's3:GetObject*'] };
    expect(await faults([stale], get, put)).toEqual([
      'The list of what only AWS exercises has an entry that nothing needs: Role$: s3:GetObject*',
    ]);
  });

  it('are wrong where a call was refused, or allowed though no synthesized policy allows it', async () => {
    const elsewhere = { ...get, resource: 'arn:aws:s3:::flows-bucket/models/a' };
    expect(await faults([traces], get, put, { ...elsewhere, decision: 'ImplicitDeny' })).toEqual([
      'Reader/Role was refused s3:GetObject on arn:aws:s3:::flows-bucket/models/a (ImplicitDeny)',
    ]);
    expect((await faults([traces], get, put, elsewhere))[0]).toContain('the sandbox says Allow');
  });

  it('are not judged by an action that AWS does not have', async () => {
    expect((await faults([traces], get, put, { ...get, action: 's3:FetchObject' }))[0]).toContain('s3:FetchObject');
  });
});
