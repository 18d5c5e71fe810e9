/** S3 as PlanRun uses it. */
export interface PlanObjects {
  /** Version of the current object; undefined where there is none. */
  head(bucket: string, key: string): Promise<{ readonly size: number; readonly versionId?: string } | undefined>;
  /** All bytes of an object; NotFound where it is gone. */
  readAll(bucket: string, key: string, atMost: number): Promise<Buffer>;
  /** Writes an object; one that is there already stays as it is. */
  putOnce(bucket: string, key: string, body: Buffer): Promise<void>;
  /** Writes an object, over another if need be. */
  put(bucket: string, key: string, body: Buffer): Promise<void>;
}
