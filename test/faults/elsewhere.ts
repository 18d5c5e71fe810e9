/** What comes from elsewhere: a model that was trained there, and data that another program has written. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { packSource } from '../../cli/src/source/pack';
import { importKey } from '../../lib/artifacts/contract';
import type { Platform } from './platform';
import type { Slot } from './slot';

/** Uploads an archive whose model answers with a mark of its own, and asks for its registration. */
export async function importFromElsewhere(slot: Slot): Promise<{ readonly runId: string }> {
  const { model, platform, registry } = slot;
  const mark = slot.takeMark();
  const folder = await mkdtemp(join(tmpdir(), 'mlops-elsewhere-'));
  try {
    const content = join(folder, 'model');
    await cp(join(__dirname, 'source'), join(content, 'code'), { recursive: true });
    await writeFile(join(content, 'model.json'), JSON.stringify({ mark, sign: 1 }));
    const { path, sha256 } = await packSource(content, join(folder, 'model.tar.gz'));
    const Key = importKey(model, sha256);
    await platform.clients.s3.send(new PutObjectCommand({ Bucket: platform.bucket, Key, Body: await readFile(path) }));
    // The mark is told where `Slot.learn` finds it: an import has no parameters.
    return await registry.importModel(model, { sha256, reason: String(mark) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a folder of rows, and the marker by which it is finished. */
export async function land({ bucket, clients }: Platform, dataset: string, rows: string): Promise<void> {
  const folder = `data/${dataset}/incoming/${Date.now()}/`;
  for (const [name, Body] of Object.entries({ 'part-0.csv': rows, _SUCCESS: '' })) {
    await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${folder}${name}`, Body }));
  }
}
