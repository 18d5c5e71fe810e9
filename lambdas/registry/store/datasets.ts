import { PREFIX } from '../../../lib/artifacts/contract';
import {
  type Actor,
  CHANGE,
  type DatasetRecord,
  type DatasetVersionRecord,
  type UploadRecord,
} from '../../../lib/registry/contract';
import { Conflict, NotFound } from '../../shared/errors';
import { checkName, same } from './base';
import { ABSENT, both, type Condition, PRESENT, put, statusIn, update, type Write } from './items';
import { contentKey, datasetKey, datasetPk, datasetVersionKey, LIST, uploadKey } from './keys';
import { ModelStore } from './models';
import type { DatasetVersionInput, Page, PageRequest } from './types';

/** Uploads, and the immutable versions of datasets that they become. */
export abstract class DatasetStore extends ModelStore {
  async openUpload(
    input: { readonly dataset: string; readonly bucket: string; readonly message?: string },
    actor: Actor,
  ): Promise<UploadRecord> {
    checkName('dataset', input.dataset);
    const uploadId = this.newId('upload');
    const record: UploadRecord = {
      ...input,
      uploadId,
      prefix: `${PREFIX.data}${input.dataset}/uploads/${uploadId}/`,
      status: 'OPEN',
      createdBy: actor,
      createdAt: this.table.time(),
    };
    await this.table.write([put('upload', uploadKey(input.dataset, uploadId), record)]);
    return record;
  }

  getUpload(dataset: string, uploadId: string): Promise<UploadRecord | undefined> {
    return this.table.record<UploadRecord>(uploadKey(dataset, uploadId));
  }

  async completeUpload(
    dataset: string,
    uploadId: string,
    files: NonNullable<UploadRecord['files']>,
    actor: Actor,
  ): Promise<UploadRecord> {
    return this.attempt(['upload'], async () => {
      const upload = await this.requireUpload(dataset, uploadId);
      if (upload.files && same(upload.files, files)) return upload;
      if (upload.status !== 'OPEN') {
        throw new Conflict(`Upload ${uploadId} is ${upload.status} with other files. Open a new upload for these.`);
      }
      const set = { status: 'COMPLETED' as const, files };
      await this.table.write([
        update('upload', uploadKey(dataset, uploadId), { set }, statusIn(['OPEN'])),
        this.change(
          CHANGE.uploadCompleted,
          actor,
          { dataset, uploadId, status: set.status },
          {
            before: { status: upload.status },
            after: set,
          },
        ),
      ]);
      return { ...upload, ...set };
    });
  }

  async rejectUpload(dataset: string, uploadId: string, reason: string, actor: Actor): Promise<UploadRecord> {
    return this.attempt(['upload'], async () => {
      const upload = await this.requireUpload(dataset, uploadId);
      if (upload.status === 'REJECTED') return upload;
      if (upload.status === 'READY') {
        throw new Conflict(`Upload ${uploadId} is version ${upload.version} of '${dataset}' and can't be rejected.`);
      }
      const set = { status: 'REJECTED' as const, reason };
      await this.table.write([
        update('upload', uploadKey(dataset, uploadId), { set }, UNDECIDED),
        this.change(
          CHANGE.uploadRejected,
          actor,
          { dataset, uploadId, ...set },
          {
            before: { status: upload.status },
            after: set,
          },
        ),
      ]);
      return { ...upload, ...set };
    });
  }

  async createDatasetVersion(
    input: DatasetVersionInput,
    actor: Actor,
  ): Promise<{ record: DatasetVersionRecord; deduplicated: boolean }> {
    checkName('dataset', input.dataset);
    const { dataset, uploadId, contentDigest } = input;
    return this.attempt(
      ['counter', 'version', 'content'],
      async () => {
        const known = await this.table.get(contentKey(dataset, contentDigest));
        if (known) return this.repeatDatasetVersion(dataset, known.version as number, uploadId);
        const record = await this.nextDatasetVersion(input, actor);
        const { version, createdAt } = record;
        await this.table.write([
          countVersion(dataset, version, createdAt),
          put('version', datasetVersionKey(dataset, version), record),
          put('content', contentKey(dataset, contentDigest), { version }),
          ...(uploadId ? [markReady(dataset, uploadId, version, false)] : []),
          this.change(CHANGE.datasetVersionCreated, actor, { dataset, version, uploadId }, { after: record }),
        ]);
        return { record, deduplicated: false };
      },
      () => this.explainUpload(dataset, uploadId!),
    );
  }

  async getDatasetVersion(dataset: string, version: number | 'latest'): Promise<DatasetVersionRecord | undefined> {
    if (version !== 'latest') return this.table.record<DatasetVersionRecord>(datasetVersionKey(dataset, version));
    const latest = await this.table.record<DatasetRecord>(datasetKey(dataset));
    return latest && this.table.record<DatasetVersionRecord>(datasetVersionKey(dataset, latest.lastVersion));
  }

  listDatasets(page?: PageRequest): Promise<Page<DatasetRecord>> {
    return this.table.pageOf<DatasetRecord>({ index: 'GSI1', pk: LIST.datasets }, page);
  }

  listDatasetVersions(dataset: string, page?: PageRequest): Promise<Page<DatasetVersionRecord>> {
    return this.table.pageOf({ pk: datasetPk(dataset), prefix: 'VERSION#', backwards: true }, page);
  }

  private async nextDatasetVersion(input: DatasetVersionInput, actor: Actor): Promise<DatasetVersionRecord> {
    const { uploadId: _, ...content } = input;
    const latest = await this.table.record<DatasetRecord>(datasetKey(input.dataset));
    const version = (latest?.lastVersion ?? 0) + 1;
    return { ...content, objects: [...input.objects], version, createdBy: actor, createdAt: this.table.time() };
  }

  /** The content is there already: the upload is done with it, unless it was so before. */
  private async repeatDatasetVersion(dataset: string, version: number, uploadId?: string) {
    const record = (await this.getDatasetVersion(dataset, version))!;
    if (uploadId === undefined) return { record, deduplicated: true };
    const upload = await this.requireUpload(dataset, uploadId);
    if (upload.status === 'READY' && upload.version === version) {
      return { record, deduplicated: upload.deduplicated ?? false };
    }
    await this.table.write([markReady(dataset, uploadId, version, true)]);
    return { record, deduplicated: true };
  }

  private async requireUpload(dataset: string, uploadId: string): Promise<UploadRecord> {
    const upload = await this.getUpload(dataset, uploadId);
    if (upload) return upload;
    throw new NotFound(`There is no upload '${uploadId}' of the dataset '${dataset}'. Open one first.`);
  }

  private async explainUpload(dataset: string, uploadId: string): Promise<Error> {
    const { status } = await this.requireUpload(dataset, uploadId);
    return new Conflict(`Upload ${uploadId} of '${dataset}' is ${status}; a version is made of a COMPLETED one.`);
  }
}

const UNDECIDED: Condition = statusIn(['OPEN', 'COMPLETED']);

const markReady = (dataset: string, uploadId: string, version: number, deduplicated: boolean): Write =>
  update('upload', uploadKey(dataset, uploadId), { set: { status: 'READY', version, deduplicated } }, UNDECIDED);

/** Raises the dataset's counter from the number that was read. */
const countVersion = (dataset: string, version: number, time: string): Write => {
  if (version === 1) {
    const record: DatasetRecord = { dataset, lastVersion: 1, createdAt: time, updatedAt: time };
    return put('counter', datasetKey(dataset), { ...record, GSI1PK: LIST.datasets, GSI1SK: dataset }, ABSENT);
  }
  const before: Condition = { text: '#lastVersion = :before', values: { ':before': version - 1 } };
  const set = { lastVersion: version, updatedAt: time };
  return update('counter', datasetKey(dataset), { set }, both(PRESENT, before));
};
