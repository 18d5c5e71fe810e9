import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ListRequest, page } from '../../../sandbox/src/sagemaker/state/listing';
import { type Resource, Store } from '../../../sandbox/src/sagemaker/state/store';

const scope = { accountId: '000000000000', region: 'us-east-1' };
const resource = (name: string, created = 0, status = 'Completed'): Resource => ({
  kind: 'training-job',
  name,
  arn: `arn:${name}`,
  scope,
  describe: { TrainingJobName: name, CreationTime: created, TrainingJobStatus: status },
  tags: [],
  internal: {},
});
const folder = () => mkdtemp(join(tmpdir(), 'sagemaker-state-'));

describe('the store', () => {
  it('finds after a restart what was put, and not what was deleted', async () => {
    const dir = await folder();
    const store = await Store.open(dir, () => undefined);
    await store.put(resource('kept'));
    await store.put(resource('gone'));
    await store.delete(store.get('training-job', scope, 'gone')!);
    const again = await Store.open(dir, () => undefined);
    expect(again.list('training-job').map((item) => item.name)).toEqual(['kept']);
    expect(again.byArn('arn:kept')).toEqual(resource('kept'));
  });

  it('keeps the last of writes that overlap', async () => {
    const dir = await folder();
    const store = await Store.open(dir, () => undefined);
    await Promise.all(Array.from({ length: 20 }, (_, status) => store.put(resource('a', 0, String(status)))));
    const again = await Store.open(dir, () => undefined);
    expect(again.get('training-job', scope, 'a')!.describe.TrainingJobStatus).toBe('19');
  });

  it('holds names apart by case, region and account, and takes names with a slash', async () => {
    const dir = await folder();
    const store = await Store.open(dir, () => undefined);
    const elsewhere = { ...resource('a'), scope: { ...scope, region: 'eu-west-1' } };
    for (const item of [resource('a'), resource('A'), elsewhere, resource('group/1')]) await store.put(item);
    const lower = (await readdir(dir)).map((file) => file.toLowerCase());
    expect(new Set(lower).size).toBe(4);
    expect((await Store.open(dir, () => undefined)).list('training-job', scope)).toHaveLength(3);
  });

  it('leaves out a file that is not readable, and says so', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'broken.json'), '{"kind":');
    const said: string[] = [];
    const store = await Store.open(dir, (line) => said.push(line));
    expect(store.list('training-job')).toEqual([]);
    expect(said[0]).toContain('broken.json is unreadable');
  });
});

describe('listing', () => {
  const jobs = [resource('b-one', 1), resource('a-two', 2, 'Failed'), resource('c-one', 3), resource('d-one', 4)];
  const names = (request: ListRequest) =>
    page(jobs, request, 'Descending', 'TrainingJobStatus').items.map((item) => item.name);

  it('is in the order of the operation unless asked otherwise', () => {
    expect(names({})).toEqual(['d-one', 'c-one', 'a-two', 'b-one']);
    expect(names({ SortOrder: 'Ascending' })[0]).toBe('b-one');
    expect(names({ SortBy: 'Name', SortOrder: 'Ascending' })).toEqual(['a-two', 'b-one', 'c-one', 'd-one']);
    expect(names({ SortBy: 'Status', SortOrder: 'Descending' })[0]).toBe('a-two');
  });

  it('filters by name, status and time', () => {
    expect(names({ NameContains: 'ONE' })).toHaveLength(3);
    expect(names({ StatusEquals: 'Failed' })).toEqual(['a-two']);
    expect(names({ CreationTimeAfter: 2, CreationTimeBefore: '1970-01-01T00:00:03Z' })).toEqual(['c-one', 'a-two']);
  });

  it('gives every resource once over its pages', () => {
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const answer = page(jobs, { MaxResults: 3, SortBy: 'Name', NextToken }, 'Ascending', 'TrainingJobStatus');
      seen.push(...answer.items.map((item) => item.name));
      NextToken = answer.NextToken;
    } while (NextToken);
    expect(seen).toEqual(['a-two', 'b-one', 'c-one', 'd-one']);
  });

  it('refuses a token that it did not give for this request', () => {
    const { NextToken } = page(jobs, { MaxResults: 1 }, 'Descending');
    expect(() => page(jobs, { MaxResults: 1, NameContains: 'a', NextToken }, 'Descending')).toThrow(
      'Invalid NextToken',
    );
    expect(() => page(jobs, { NextToken: 'garbage' }, 'Descending')).toThrow('Invalid NextToken');
  });
});
