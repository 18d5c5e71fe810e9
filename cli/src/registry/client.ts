import { randomUUID } from 'node:crypto';
import type {
  AliasRecord,
  AuditPage,
  CommentRecord,
  DatasetRecord,
  DatasetVersionRecord,
  DeploymentRecord,
  LineageGraph,
  ModelOversight,
  ModelRecord,
  ModelVersionRecord,
  Noted,
  PoliciesRecord,
  ReleaseRecord,
  RunRecord,
  RunRequest,
  UploadRecord,
  WaiverRecord,
} from '../../../lib/registry/contract';
import { apiError } from './api-error';
import type { ApiAnswer, ApiRequest } from './transport';

/** What a caller may ask for in a new run; the registry adds the rest. */
export type NewRun = Omit<RunRequest, 'trigger'>;

export interface UploadedFile {
  readonly name: string;
  readonly size: number;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
}

export interface Decision {
  readonly decision: 'APPROVED' | 'REJECTED';
  readonly comment?: string;
  readonly manifestDigest: string;
}

/** What is written on a thing, with its comments, newest first. */
export type NotesOf = Noted & { readonly comments: readonly CommentRecord[] };

interface Transport {
  send(request: ApiRequest): Promise<ApiAnswer>;
}

const at = (...parts: (string | number)[]): string => `/${parts.map((part) => encodeURIComponent(part)).join('/')}`;

/** The registry's API, by its records. Lists are followed to their end. */
export class RegistryClient {
  constructor(private readonly transport: Transport) {}

  openUpload(dataset: string, message?: string): Promise<UploadRecord> {
    return this.post(at('datasets', dataset, 'uploads'), message === undefined ? {} : { message });
  }
  completeUpload(dataset: string, uploadId: string, files: readonly UploadedFile[]): Promise<UploadRecord> {
    return this.post(at('datasets', dataset, 'uploads', uploadId, 'complete'), { files });
  }
  /** A version of what lies below a prefix of the platform's bucket already. */
  registerPrefix(dataset: string, prefix: string, message?: string): Promise<UploadRecord> {
    return this.post(at('datasets', dataset, 'registrations'), { prefix, ...(message ? { message } : {}) });
  }
  upload(dataset: string, uploadId: string): Promise<UploadRecord> {
    return this.get(at('datasets', dataset, 'uploads', uploadId));
  }
  datasets(): Promise<DatasetRecord[]> {
    return this.list(at('datasets'));
  }
  datasetVersions(dataset: string): Promise<DatasetVersionRecord[]> {
    return this.list(at('datasets', dataset, 'versions'));
  }
  datasetVersion(dataset: string, version: number | 'latest'): Promise<DatasetVersionRecord> {
    return this.get(at('datasets', dataset, 'versions', version));
  }

  models(): Promise<ModelRecord[]> {
    return this.list(at('models'));
  }
  model(model: string): Promise<ModelRecord> {
    return this.get(at('models', model));
  }
  modelVersions(model: string): Promise<ModelVersionRecord[]> {
    return this.list(at('models', model, 'versions'));
  }
  modelVersion(model: string, version: number): Promise<ModelVersionRecord> {
    return this.get(at('models', model, 'versions', version));
  }
  /** Refuses a version outside of any release. */
  rejectVersion(model: string, version: number, comment: string): Promise<ModelVersionRecord> {
    return this.post(at('models', model, 'versions', version, 'reject'), { comment });
  }
  policies(model: string): Promise<PoliciesRecord> {
    return this.get(at('models', model, 'policies'));
  }
  waivers(model: string): Promise<WaiverRecord[]> {
    return this.list(at('models', model, 'waivers'));
  }
  requestWaiver(
    model: string,
    version: number,
    waiver: { readonly policy: string; readonly reason: string; readonly expires: string },
  ): Promise<WaiverRecord> {
    return this.post(at('models', model, 'versions', version, 'waivers'), waiver);
  }
  decideWaiver(
    model: string,
    version: number,
    decision: {
      readonly policy: string;
      readonly number: number;
      readonly decision: string;
      readonly comment?: string;
    },
  ): Promise<WaiverRecord> {
    return this.post(at('models', model, 'versions', version, 'waivers', 'decision'), decision);
  }
  aliases(model: string): Promise<AliasRecord[]> {
    return this.list(at('models', model, 'aliases'));
  }
  /** Every span of serving, newest first. */
  deployments(model: string): Promise<DeploymentRecord[]> {
    return this.list(at('models', model, 'deployments'));
  }
  /** What served at a time (ISO 8601). */
  servingAt(model: string, time: string): Promise<DeploymentRecord> {
    return this.get(at('models', model, 'serving'), { at: time });
  }

  runs(model: string): Promise<RunRecord[]> {
    return this.list(at('models', model, 'runs'));
  }
  startRun(model: string, run: NewRun): Promise<RunRecord> {
    return this.post(at('models', model, 'runs'), run);
  }
  /** Asks for the registration of an archive that was uploaded. */
  importModel(
    model: string,
    request: { readonly sha256: string; readonly datasetVersion?: number; readonly reason?: string },
  ): Promise<RunRecord> {
    return this.post(at('models', model, 'imports'), request);
  }
  replay(runId: string, request: Pick<RunRequest, 'tolerance' | 'reason'>): Promise<RunRecord> {
    return this.post(at('runs', runId, 'replays'), request);
  }
  run(runId: string): Promise<RunRecord> {
    return this.get(at('runs', runId));
  }
  stopRun(runId: string): Promise<RunRecord> {
    return this.post(at('runs', runId, 'stop'), {});
  }
  resumeRun(runId: string): Promise<RunRecord> {
    return this.post(at('runs', runId, 'resume'), {});
  }

  releases(model: string): Promise<ReleaseRecord[]> {
    return this.list(at('models', model, 'releases'));
  }
  release(releaseId: string): Promise<ReleaseRecord> {
    return this.get(at('releases', releaseId));
  }
  requestRelease(model: string, version: number, reason?: string): Promise<ReleaseRecord> {
    return this.post(at('models', model, 'versions', version, 'releases'), reason === undefined ? {} : { reason });
  }
  decide(releaseId: string, decision: Decision): Promise<ReleaseRecord> {
    return this.post(at('releases', releaseId, 'approval'), decision);
  }

  /** The lineage of what `of` names, as the API understands it. */
  lineage(of: string, options: { direction?: string; depth?: number; limit?: number } = {}): Promise<LineageGraph> {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return this.get('/lineage', { of, ...Object.fromEntries(given.map(([name, value]) => [name, String(value)])) });
  }

  /** Entries of an audit, all of them, in their order. @param of `model:<name>` or `dataset:<name>` */
  async audit(of: string): Promise<{ readonly text: string; readonly hash: string }[]> {
    const links: { readonly text: string; readonly hash: string }[] = [];
    for (let next: string | undefined, more = true; more; ) {
      const page: AuditPage = await this.get('/audit', { of, ...(next === undefined ? {} : { next }) });
      links.push(...page.items);
      next = page.next;
      more = next !== undefined;
    }
    return links;
  }

  /** What is written on a thing, named as the API understands it. */
  notes(of: string): Promise<NotesOf> {
    return this.get('/notes', { of });
  }
  /** Writes on a thing; null takes away. */
  annotate(of: string, notes: object): Promise<Noted> {
    return this.post('/notes', notes, { of });
  }
  /** Why a thing must stay. */
  retention(of: string): Promise<{ readonly of: string; readonly keptBy: readonly string[] }> {
    return this.get('/retention', { of });
  }
  /** Keeps a thing from deletion, or with null lets go of it. */
  hold(of: string, reason: string | null): Promise<Noted> {
    return this.post('/holds', { hold: reason }, { of });
  }
  oversee(model: string, notes: object): Promise<ModelOversight> {
    return this.post(at('models', model, 'oversight'), notes);
  }
  setAlias(model: string, alias: string, version: number): Promise<AliasRecord> {
    return this.send({ method: 'PUT', path: at('models', model, 'aliases', alias), body: { version } });
  }
  removeAlias(model: string, alias: string): Promise<unknown> {
    return this.post(at('models', model, 'aliases', alias, 'remove'), {});
  }

  private get<T>(path: string, query?: Record<string, string>): Promise<T> {
    return this.send<T>({ method: 'GET', path, ...(query ? { query } : {}) });
  }

  private post<T>(path: string, body: unknown, query?: Record<string, string>): Promise<T> {
    const headers = { 'idempotency-key': randomUUID() };
    return this.send<T>({ method: 'POST', path, body, headers, ...(query ? { query } : {}) });
  }

  private async list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let next: string | undefined;
    do {
      const page: { items: T[]; next?: string } = await this.get(path, next === undefined ? undefined : { next });
      items.push(...page.items);
      next = page.next;
    } while (next !== undefined);
    return items;
  }

  private async send<T>(request: ApiRequest): Promise<T> {
    const { status, body } = await this.transport.send(request);
    if (status < 200 || status >= 300) throw apiError(status, body);
    return JSON.parse(body) as T;
  }
}
