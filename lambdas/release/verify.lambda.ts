import { readPublicKey } from '../../core/attestation';
import { SIGNING_ENV, STORE_ENV } from '../../lib/artifacts/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { putJson, readObject } from '../shared/s3.client';
import { specFromEnvironment } from './release';
import { verifyInput } from './schemas';
import { verify } from './verify';

/** Checks every digest of a release and writes its manifest. */
export const handler = defineHandler('release-verify', verifyInput, (input) =>
  verify(input, {
    store: RegistryStore.fromEnvironment(),
    spec: specFromEnvironment(),
    bucket: requireEnv(STORE_ENV.bucket),
    evidenceBucket: requireEnv(STORE_ENV.evidenceBucket),
    ...(process.env[SIGNING_ENV.publicKey] ? { signingKey: readPublicKey(requireEnv(SIGNING_ENV.publicKey)) } : {}),
    read: readObject,
    write: putJson,
  }),
);
