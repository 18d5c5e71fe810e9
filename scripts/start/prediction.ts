import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { invoke } from '../../cli/src/invoke';
import type { Session } from '../../cli/src/session';
import type { ModelVersionRecord, RunRecord } from '../../lib/registry/contract';
import { ROOT } from './bring-up';
import { MODEL } from './lifecycle';

/** A recorded row: its true label, and the features as the endpoint takes them. */
export interface Row {
  readonly label: string;
  readonly features: string;
}

export interface Prediction {
  readonly row: Row;
  readonly probability: number;
  /** Whether the row was held out of training. */
  readonly heldOut: boolean;
  /** File that holds the request, to send it again. */
  readonly file: string;
}

/** The first row of a label in a table whose first column is the label. */
export function rowOf(csv: string, label: string): Row | undefined {
  const line = csv.split(/\r?\n/).find((each) => each.startsWith(`${label},`));
  return line === undefined ? undefined : { label, features: line.slice(label.length + 1) };
}

/** Asks the endpoint about one malignant tumour: a row that the run held out, where its rows are still there. */
export async function predict(session: Session, version: ModelVersionRecord, dataFile: string): Promise<Prediction> {
  const held = await heldOutRows(session, version);
  const row = (held && rowOf(held, '1')) ?? rowOf(readFileSync(dataFile, 'utf8'), '1');
  if (!row) throw new Error(`${dataFile} holds no malignant row.`);
  const file = join(ROOT, '.mlops/healthcare/row.csv');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${row.features}\n`);
  const answer = await invoke(session, { model: MODEL, body: readFileSync(file) });
  const probability = Number.parseFloat(answer.body);
  return { row, probability, heldOut: held !== undefined, file };
}

async function heldOutRows(session: Session, { runId }: ModelVersionRecord): Promise<string | undefined> {
  if (!runId) return undefined;
  const uri = testUri(await (await session.registry()).run(runId));
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*?)\/?$/.exec(uri ?? '') ?? [];
  if (!bucket || prefix === undefined) return undefined;
  const key = prefix.endsWith('.csv') ? prefix : `${prefix}/test.csv`;
  try {
    const object = await (await session.s3()).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await object.Body?.transformToString();
  } catch (error) {
    // A lifecycle rule removes a run's rows after a while.
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** The step Preprocess hands on where it has put the rows. */
export function testUri({ steps }: Pick<RunRecord, 'steps'>): string | undefined {
  const handedOn = steps.find(({ step }) => step === 'Preprocess')?.output as { uris?: { test?: string } } | undefined;
  return handedOn?.uris?.test;
}
