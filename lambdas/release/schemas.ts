import * as z from 'zod/mini';
import type {
  ApproveInput,
  AutoApproveInput,
  CheckApprovalInput,
  CloseReleaseInput,
  DeployInput,
  DeployPlan,
  HostingSettings,
  PromoteInput,
  ReadBackInput,
  ReleaseInput,
  ReleaseManifest,
  ReleaseNames,
  ReleaseSpec,
  RequestApprovalInput,
  VerifyInput,
} from '../../lib/release/contract';
import { ended, failure, text } from '../shared/schemas';

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'));

export const hostingSettings = z.strictObject({
  endpointName: text,
  instanceType: text,
  instanceCount: z.int().check(z.positive()),
  executionRoleArn: text,
  captureUri: z.optional(text),
  capturePercent: z.optional(z.number()),
}) satisfies z.ZodMiniType<HostingSettings>;

export const releaseSpec = z.object({
  model: text,
  stage: z.enum(['dev', 'test', 'prod']),
  approval: z.enum(['auto', 'manual']),
  fourEyes: z.optional(z.boolean()),
  escalateAfterMinutes: z.optional(z.number()),
  hosting: hostingSettings,
}) satisfies z.ZodMiniType<ReleaseSpec>;

/** Strict: what it does not know would be lost before the digest is taken. */
export const releaseManifest = z.strictObject({
  model: text,
  version: z.int(),
  account: text,
  region: text,
  archive: z.strictObject({ uri: text, sha256 }),
  image: text,
  environment: z.record(z.string(), z.string()),
  source: z.optional(z.strictObject({ uri: text, sha256 })),
  dataset: z.optional(z.strictObject({ name: text, version: z.int(), contentDigest: text })),
  evidence: z.array(z.strictObject({ kind: text, uri: text, sha256 })),
  contentType: text,
  hosting: hostingSettings,
}) satisfies z.ZodMiniType<ReleaseManifest>;

const releaseNames = z.object({
  model: text,
  endpointConfig: text,
  endpoint: text,
}) satisfies z.ZodMiniType<ReleaseNames>;

export const releaseInput = z.object({ releaseId: text }) satisfies z.ZodMiniType<ReleaseInput>;
export const verifyInput = z.extend(releaseInput, { executionArn: text }) satisfies z.ZodMiniType<VerifyInput>;
export const approveInput = z.extend(releaseInput, { manifestDigest: sha256 }) satisfies z.ZodMiniType<ApproveInput>;
export const requestApprovalInput = z.extend(approveInput, {
  taskToken: text,
}) satisfies z.ZodMiniType<RequestApprovalInput>;
export const autoApproveInput = z.extend(approveInput, {
  executionArn: text,
}) satisfies z.ZodMiniType<AutoApproveInput>;
export const checkApprovalInput = z.extend(approveInput, {
  manifest: releaseManifest,
}) satisfies z.ZodMiniType<CheckApprovalInput>;
export const deployInput = z.extend(checkApprovalInput, { names: releaseNames }) satisfies z.ZodMiniType<DeployInput>;
export const readBackInput = z.extend(deployInput, {
  phase: z.enum(['definition', 'endpoint']),
  failure: z.optional(failure),
}) satisfies z.ZodMiniType<ReadBackInput>;
export const promoteInput = z.extend(releaseInput, {
  names: releaseNames,
  executionArn: text,
}) satisfies z.ZodMiniType<PromoteInput>;
export const closeReleaseInput = z.extend(releaseInput, {
  status: ended,
  error: z.optional(z.string()),
  cause: z.optional(z.string()),
  executionArn: z.optional(z.string()),
}) satisfies z.ZodMiniType<CloseReleaseInput>;

/** Output of the step `Deploy`, as BeginDeploy recorded it. */
export const deployPlan = z.object({
  names: releaseNames,
  endpointExists: z.boolean(),
  previousConfig: z.optional(text),
}) satisfies z.ZodMiniType<DeployPlan>;

/** An event of the registry's bus: it says where to look, nothing else of it is used. */
export const releaseEvent = z.object({ detail: z.object({ releaseId: text }) });
export const versionEvent = z.object({ detail: z.object({ model: text, version: z.int().check(z.positive()) }) });
/** An event of Step Functions; `name` of an execution is the release's id. */
export const executionEvent = z.object({ detail: z.object({ name: text, executionArn: text }) });
