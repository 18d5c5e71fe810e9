import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { type Resource, Store } from '../../../sandbox/src/sagemaker/state/store';

vi.mock('node:fs/promises', { spy: true });

const scope = { accountId: '000000000000', region: 'us-east-1' };
const model = (name: string, tag: string): Resource => ({
  kind: 'model',
  name,
  arn: `arn:${name}`,
  scope,
  describe: { ModelName: name, Tag: tag },
  tags: [],
  internal: {},
});

/** Writes half of a file, as a full disk does. */
function fullDisk(): void {
  const { writeFile } = fs;
  vi.mocked(fs.writeFile).mockImplementationOnce(async (path) => {
    await writeFile(path as string, '{"half":');
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  });
}

it('keeps the state before on disk, and nothing of the half that was written', async () => {
  const dir = await fs.mkdtemp(join(tmpdir(), 'sagemaker-full-'));
  const store = await Store.open(dir, () => undefined);
  await store.put(model('known', 'before'));
  fullDisk();
  await expect(store.put(model('known', 'after'))).rejects.toThrow(
    /^The state of arn:known could not be written: the disk of the sandbox is full \(ENOSPC.*\): free space/,
  );
  fullDisk();
  await expect(store.put(model('new', 'after'))).rejects.toThrow('arn:new');
  expect(store.get('model', scope, 'new')).toBeUndefined();
  expect(await fs.readdir(dir)).toHaveLength(1);
  const said: string[] = [];
  const again = await Store.open(dir, (line) => said.push(line));
  expect(again.list('model').map(({ describe }) => describe.Tag)).toEqual(['before']);
  expect(said).toEqual([]);

  await store.put(model('known', 'later'));
  expect((await Store.open(dir, () => undefined)).get('model', scope, 'known')?.describe.Tag).toBe('later');
});
