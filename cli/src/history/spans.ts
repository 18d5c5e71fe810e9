import type {
  ApprovalRecord,
  DeploymentRecord,
  ModelVersionRecord,
  OutOfBand,
  PolicyVerdict,
  ReleaseRecord,
} from '../../../lib/registry/contract';

/** A span of serving with all that an auditor asks of it. */
export interface ServedSpan {
  readonly model: string;
  /** OUT_OF_BAND: what served was not what a release had put there. */
  readonly status: 'RELEASED' | 'OUT_OF_BAND';
  readonly version?: number;
  /** ISO 8601, UTC; a span includes its beginning and not its end. */
  readonly from: string;
  /** Absent while it serves. */
  readonly until?: string;
  readonly endpointName: string;
  readonly endpointConfigName?: string;
  readonly release?: Pick<
    ReleaseRecord,
    'releaseId' | 'requestedBy' | 'requestedAt' | 'requestReason' | 'manifestDigest'
  >;
  readonly approval?: ApprovalRecord;
  readonly policies: readonly Pick<PolicyVerdict, 'policy' | 'passed' | 'policyDigest' | 'sentence'>[];
  /** Absent where what served is no version of the model. */
  readonly made?: Pick<
    ModelVersionRecord,
    'runId' | 'archive' | 'image' | 'dataset' | 'source' | 'evidence' | 'createdBy' | 'createdAt'
  >;
  readonly outOfBand?: OutOfBand;
}

/** A span with its release and its version, as far as it has them. */
export function servedSpan(
  span: DeploymentRecord,
  release: ReleaseRecord | undefined,
  version: ModelVersionRecord | undefined,
): ServedSpan {
  const { startedAt, endedAt, releaseId: _, outOfBand, ...rest } = span;
  return {
    ...rest,
    status: outOfBand ? 'OUT_OF_BAND' : 'RELEASED',
    from: startedAt,
    ...(endedAt ? { until: endedAt } : {}),
    ...(release ? { release: requestOf(release) } : {}),
    ...(release?.approval ? { approval: release.approval } : {}),
    policies: (release?.verdicts ?? []).map(({ policy, passed, policyDigest, sentence }) => ({
      ...{ policy, passed, policyDigest, sentence },
    })),
    ...(version ? { made: madeOf(version) } : {}),
    ...(outOfBand ? { outOfBand } : {}),
  };
}

const requestOf = ({ releaseId, requestedBy, requestedAt, requestReason, manifestDigest }: ReleaseRecord) => ({
  ...{ releaseId, requestedBy, requestedAt },
  ...(requestReason === undefined ? {} : { requestReason }),
  ...(manifestDigest === undefined ? {} : { manifestDigest }),
});

const madeOf = ({ runId, archive, image, dataset, source, evidence, createdBy, createdAt }: ModelVersionRecord) => ({
  ...{ archive, image, evidence, createdBy, createdAt },
  ...(runId ? { runId } : {}),
  ...(dataset ? { dataset } : {}),
  ...(source ? { source } : {}),
});
