import { join } from 'node:path';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';

/** The script that holds out the test rows, as an asset that a function may read. */
export function splitScript(scope: Construct, reader: IGrantable): { bucket: string; key: string } {
  const asset = new Asset(scope, 'SplitScript', { path: join(__dirname, 'scripts', 'split.py') });
  // One object, where the asset's own grant would read and list all that was ever deployed from this account.
  reader.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['s3:GetObject'], resources: [asset.bucket.arnForObjects(asset.s3ObjectKey)] }),
  );
  return { bucket: asset.s3BucketName, key: asset.s3ObjectKey };
}
