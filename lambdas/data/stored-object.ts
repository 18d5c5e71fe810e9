/** How objects are read: the shared S3 client, or what a test puts in its place. */
export interface ObjectReader {
  /** Size and version, or undefined where there is no object. */
  head(bucket: string, key: string): Promise<{ readonly size: number; readonly versionId?: string } | undefined>;
  /** The bytes of one version; throws NotFound where it is gone. */
  read(bucket: string, key: string, versionId?: string): Promise<AsyncIterable<Uint8Array>>;
}

/** And how they are listed. */
export interface ObjectLister extends ObjectReader {
  /** Keys below a prefix, sorted. */
  list(bucket: string, prefix: string): Promise<readonly string[]>;
}
