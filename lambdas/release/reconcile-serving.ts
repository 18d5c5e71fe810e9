import { canonicalJson } from '../../core/digest';
import type {
  Actor,
  DeploymentRecord,
  FoundServing,
  ModelVersionRecord,
  OutOfBand,
  ReleasedServing,
} from '../../lib/registry/contract';
import type { FoundSpan, ServingStore } from '../registry/store/serving';
import { NotFound } from '../shared/errors';
import { differencesOf, type Found, findServing, isVersion } from './find-serving';
import type { Serving } from './serving.client';

export interface ReconcileTools {
  readonly store: Pick<ServingStore, 'openSpan' | 'deployingRelease' | 'changeServing' | 'getVersion'>;
  readonly model: string;
  readonly serving: Serving;
  /** Name of the function. */
  readonly actorId: string;
}

export interface Reconciled {
  /**
   * `idle`: nothing was released yet. `deploying`: a release is changing the endpoint. `unsettled`: the endpoint is being
   * changed. `recorded`, `restored`: the record was brought up to date. `known`: it was up to date.
   */
  readonly outcome: 'idle' | 'deploying' | 'unsettled' | 'recorded' | 'restored' | 'known';
  /** Whether something else serves than was released, by the record as it is now. */
  readonly outOfBand: boolean;
  readonly differences: readonly string[];
}

/** How often to look again where others were faster. */
const TRIES = 3;
/** Who changed the endpoint is not known here; CloudTrail has it. */
const UNKNOWN: Actor = { id: 'unknown', kind: 'service' };

/** Brings the record of what serves into line with what SageMaker serves, unless a release is changing it. */
export async function reconcileServing(tools: ReconcileTools): Promise<Reconciled> {
  for (let tries = 0; tries < TRIES; tries++) {
    const done = await reconcileOnce(tools);
    if (done) return done;
  }
  throw new Error(`What serves ${tools.model} changed while it was looked at, ${TRIES} times; the next look tells.`);
}

/** Undefined where somebody else wrote meanwhile. */
async function reconcileOnce(tools: ReconcileTools): Promise<Reconciled | undefined> {
  const { store, model, serving } = tools;
  const span = await store.openSpan(model);
  if (!span) return { outcome: 'idle', outOfBand: false, differences: [] };
  const as = (outcome: Reconciled['outcome'], now = span): Reconciled => ({
    outcome,
    outOfBand: now.outOfBand !== undefined,
    differences: now.outOfBand?.differences ?? [],
  });
  if (await store.deployingRelease(model)) return as('deploying');
  const released = span.outOfBand?.insteadOf ?? releasedBy(span);
  const found = await findServing(span.endpointName, serving);
  if (!found) return as('unsettled');
  const version = await requireVersion(tools, released.version);
  const differences = differencesOf(found, released, version);
  if (differences.length === 0 && !span.outOfBand) return as('known');
  if (differences.length > 0 && span.outOfBand && same(span.outOfBand, found, differences)) return as('known');
  const next =
    differences.length === 0
      ? restored(span, released, found)
      : await outOfBand(span, released, found, differences, tools);
  const now = await store.changeServing(span, next, UNKNOWN);
  return now && as(now.outOfBand ? 'recorded' : 'restored', now);
}

const releasedBy = ({ version, releaseId, endpointConfigName }: DeploymentRecord): ReleasedServing => ({
  ...{ version: version!, releaseId: releaseId!, endpointConfigName: endpointConfigName! },
});

const same = (before: OutOfBand, found: Found, differences: readonly string[]): boolean =>
  canonicalJson(before.found) === canonicalJson(servingIn(found)) &&
  canonicalJson(before.differences) === canonicalJson(differences);

const servingIn = ({ changedAt: _, environments: __, ...found }: Found): FoundServing => found;

function restored({ model, endpointName }: DeploymentRecord, released: ReleasedServing, found: Found): FoundSpan {
  return {
    span: { model, endpointName, ...released },
    since: found.changedAt,
    reason: `The endpoint ${endpointName} serves again what the release ${released.releaseId} put there.`,
  };
}

async function outOfBand(
  { model, endpointName }: DeploymentRecord,
  insteadOf: ReleasedServing,
  found: Found,
  differences: readonly string[],
  tools: ReconcileTools,
): Promise<FoundSpan> {
  const version = await versionIn(found, insteadOf, tools);
  const { endpointConfigName } = found;
  const serving = {
    ...(version === undefined ? {} : { version }),
    ...(endpointConfigName === undefined ? {} : { endpointConfigName }),
  };
  return {
    span: { model, endpointName, ...serving, outOfBand: { insteadOf, found: servingIn(found), differences } },
    since: found.changedAt,
    reason:
      `The endpoint ${endpointName} does not serve what the release ${insteadOf.releaseId} put there: ` +
      `${differences.join('; ')}. Seen by ${tools.actorId}.`,
  };
}

/** The version that serves, where it is one: names of models and configs tell which it may be, archive and image decide. */
async function versionIn(found: Found, released: ReleasedServing, tools: ReconcileTools): Promise<number | undefined> {
  const names = [found.endpointConfigName, ...found.variants.map(({ model }) => model)];
  const own = names.map((name) => name?.match(/^(.+)-v([1-9]\d{0,8})-[0-9a-f]{6}$/));
  const numbers = own.flatMap((match) => (match?.[1] === tools.model ? [Number(match[2])] : []));
  for (const number of new Set([...numbers, released.version])) {
    const version = await tools.store.getVersion(tools.model, number);
    if (version && isVersion(found, version)) return number;
  }
  return undefined;
}

async function requireVersion({ store, model }: ReconcileTools, number: number): Promise<ModelVersionRecord> {
  const version = await store.getVersion(model, number);
  if (version) return version;
  throw new NotFound(`The registry has no version ${number} of the model ${model}.`);
}
