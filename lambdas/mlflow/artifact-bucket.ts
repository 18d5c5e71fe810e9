import type { Overflow } from '../registry/store/documents';

export interface ArtifactEntry {
  readonly path: string;
  readonly is_dir: boolean;
  readonly file_size?: number;
}

/** A part of an upload in parts. */
export interface UploadPart {
  readonly part_number: number;
  readonly etag: string;
}

/** The bucket behind artefacts: callers get URLs that are good for one object and some minutes. Paths are below the root. */
export interface ArtifactBucket extends Overflow {
  uploadUrl(path: string): Promise<string>;
  downloadUrl(path: string): Promise<string>;
  /** Bytes; undefined where there is no such object. */
  sizeOf(path: string): Promise<number | undefined>;
  /** What lies directly below a folder. */
  list(path: string): Promise<ArtifactEntry[]>;
  beginUpload(path: string, parts: number): Promise<{ readonly uploadId: string; readonly urls: readonly string[] }>;
  completeUpload(path: string, uploadId: string, parts: readonly UploadPart[]): Promise<void>;
  abortUpload(path: string, uploadId: string): Promise<void>;
}
