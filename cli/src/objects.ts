import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Bucket and key of `s3://bucket/key`; both undefined for anything else. */
export function s3Place(uri: string): { readonly Bucket?: string; readonly Key?: string } {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  return { Bucket, Key };
}

/** The body of an object. @throws what S3 says where there is none, or it can't be read */
export async function openObject(s3: S3Client, uri: string) {
  const { Bucket, Key } = s3Place(uri);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Body!;
}
