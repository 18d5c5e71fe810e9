import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/** What can be done in the registry's table; `List` is a query of its indexes. */
type Verb = 'GetItem' | 'Query' | 'List' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem';

const GET: readonly Verb[] = ['GetItem'];
/** A run or release with its steps. */
const GET_WHOLE: readonly Verb[] = ['GetItem', 'Query'];
/** A change of state goes with an item that tells of it. */
const CHANGE: readonly Verb[] = ['GetItem', 'UpdateItem', 'PutItem'];
const CHANGE_WHOLE: readonly Verb[] = [...GET_WHOLE, 'UpdateItem', 'PutItem'];
const STEP: readonly Verb[] = ['ConditionCheckItem', 'UpdateItem'];

/**
 * What each method of the registry's store does in the table, also where it explains a refusal or finds its work done: a
 * handler is granted the methods that its code calls. The store's tests fail where a method does more.
 * @internal
 */
export const STORE_CALLS = {
  registerModel: CHANGE,
  setPolicies: CHANGE,
  getModel: GET,
  listModels: ['List'],
  openUpload: ['PutItem'],
  getUpload: GET,
  registerPrefix: CHANGE,
  completeUpload: CHANGE,
  rejectUpload: CHANGE,
  createDatasetVersion: CHANGE,
  getDatasetVersion: GET,
  listDatasets: ['List'],
  listDatasetVersions: ['Query'],
  requestRun: [...CHANGE_WHOLE, 'ConditionCheckItem'],
  getRun: GET_WHOLE,
  listRuns: ['List'],
  listOpenRuns: ['List'],
  listRunsOfDatasetVersion: GET_WHOLE,
  startRun: [...GET_WHOLE, 'UpdateItem'],
  setPlan: [...GET_WHOLE, ...STEP, 'PutItem'],
  recordStep: STEP,
  closeRun: CHANGE_WHOLE,
  requestStop: CHANGE_WHOLE,
  resumeRun: CHANGE_WHOLE,
  registerVersion: CHANGE,
  getVersion: GET,
  listVersions: ['Query'],
  setVersionStatus: CHANGE,
  getAlias: GET,
  listAliases: ['Query'],
  setAlias: [...CHANGE, 'ConditionCheckItem'],
  requestRelease: [...CHANGE_WHOLE, 'ConditionCheckItem'],
  getRelease: GET_WHOLE,
  listReleases: ['List'],
  listOpenReleases: ['List'],
  startRelease: [...GET_WHOLE, 'UpdateItem'],
  updateRelease: [...GET_WHOLE, 'UpdateItem'],
  recordReleaseStep: STEP,
  requestApproval: CHANGE_WHOLE,
  taskTokenOf: GET,
  recordApproval: CHANGE_WHOLE,
  escalateApproval: CHANGE_WHOLE,
  listWaivers: ['Query'],
  acquireDeployLock: [...GET_WHOLE, 'PutItem', 'ConditionCheckItem'],
  releaseDeployLock: ['GetItem', 'DeleteItem'],
  closeRelease: [...CHANGE_WHOLE, 'DeleteItem'],
  promote: [...CHANGE_WHOLE, 'ConditionCheckItem'],
  listDeployments: ['Query'],
  servingAt: ['Query'],
  openSpan: ['Query'],
  deployingRelease: GET_WHOLE,
  changeServing: [...CHANGE_WHOLE, 'ConditionCheckItem'],
  pendingChanges: ['List'],
  markPublished: ['UpdateItem'],
  chainedChanges: ['Query'],
  chainsBehind: ['List'],
  markAudited: ['UpdateItem'],
  trackRun: ['GetItem', 'PutItem'],
  endTrackedRun: ['GetItem', 'PutItem'],
} as const satisfies { readonly [call: string]: readonly Verb[] };

/**
 * Lets a handler make these calls of the store, and nothing else with the table.
 *
 * Of the table's key it needs `kms:Decrypt` alone: DynamoDB unwraps the table's key in the name of each caller, and works
 * with that. Whatever else it asks of the key, it does by grants of its own.
 * @throws Error for a call that the store doesn't have.
 * @internal
 */
export function grantStoreCalls(grantee: IGrantable, tableArn: string, key: IKey, calls: readonly string[]): Grant {
  const unknown = calls.filter((call) => !(call in STORE_CALLS));
  if (unknown.length > 0) {
    throw new Error(
      `The registry's store has no ${unknown.join(', ')}. Its calls are ${Object.keys(STORE_CALLS).join(', ')}.`,
    );
  }
  const verbs = new Set<Verb>(calls.flatMap((call) => STORE_CALLS[call as keyof typeof STORE_CALLS]));
  const allow = (names: readonly Verb[], resourceArns: string[]): Grant =>
    Grant.addToPrincipal({ grantee, actions: names.map((name) => `dynamodb:${name}`), resourceArns });
  const direct = [...verbs].filter((verb) => verb !== 'List');
  const grants = [
    ...(direct.length > 0 ? [allow(direct, [tableArn])] : []),
    ...(verbs.has('List') ? [allow(['Query'], [`${tableArn}/index/*`])] : []),
  ];
  return grants.reduce((all, each) => all.combine(each), key.grant(grantee, 'kms:Decrypt'));
}
