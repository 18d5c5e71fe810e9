import { sha256 } from './digest';

/** SageMaker's limit for the names of jobs, models and endpoints; also that of a DNS label. */
export const MAX_NAME_LENGTH = 63;

/** Longest name of a model or dataset: leaves room for time, entropy, step and attempt in a job's name. */
export const MAX_OWN_NAME_LENGTH = 40;

/** Text as a part of a name: lower-case letters and digits, with single hyphens between; `x` where nothing is left. */
export function slug(text: string): string {
  const parts = text.toLowerCase().match(/[a-z0-9]+/g);
  return parts?.join('-') ?? 'x';
}

/** `yyyymmddhhmmss` in UTC; sorts as time does. */
export function compactTime(time: Date): string {
  return time.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
}

/**
 * The id of a run or release: `<name>-<yyyymmddhhmmss>-<6 hex>`, at most 63 characters, fit for SageMaker names, DNS
 * labels and S3 keys. Ids of one name sort by time.
 * @param entropy at least three random bytes, which tell apart what begins in the same second.
 */
export function timedId(name: string, time: Date, entropy: Uint8Array): string {
  if (entropy.length < 3) throw new RangeError(`An id needs 3 random bytes, not ${entropy.length}.`);
  const tail = `${compactTime(time)}-${Buffer.from(entropy.subarray(0, 3)).toString('hex')}`;
  return `${cut(slug(name), MAX_NAME_LENGTH - tail.length - 1)}-${tail}`;
}

export interface JobNameParts {
  /** Id of the run, as `timedId` makes it. */
  readonly run: string;
  /** Letters and digits, at most 24, such as `train` or `ChampionTransform`. */
  readonly step: string;
  /** The run's attempt, 1 or more. */
  readonly attempt: number;
}

/**
 * The name of a job: `<run>-<step>-<attempt>`. A name over 63 characters loses the end of its run, and gets eight digits
 * of the whole name's SHA-256 instead, so that it stays unique.
 */
export function jobName({ run, step, attempt }: JobNameParts): string {
  if (!/^[A-Za-z0-9]{1,24}$/.test(step)) throw new RangeError(`A step is 1 to 24 letters and digits, not "${step}".`);
  if (!Number.isSafeInteger(attempt) || attempt < 1) throw new RangeError(`An attempt is 1 or more, not ${attempt}.`);
  if (slug(run) !== run) throw new RangeError(`"${run}" is no run id: lower-case letters, digits and single hyphens.`);
  const tail = `${step.toLowerCase()}-${attempt}`;
  const whole = `${run}-${tail}`;
  if (whole.length <= MAX_NAME_LENGTH) return whole;
  const digits = sha256(whole).slice(0, 8);
  return `${cut(run, MAX_NAME_LENGTH - tail.length - digits.length - 2)}-${digits}-${tail}`;
}

/**
 * What is wrong with the name of a model, dataset or alias; empty where it can be used. A name has 1 to 40 lower-case
 * letters, digits and single hyphens, and begins with a letter.
 */
export function nameProblems(name: unknown): string[] {
  if (typeof name !== 'string') return [`must be text, not ${name === null ? 'null' : typeof name}`];
  if (name === '') return ['must not be empty'];
  const problems: string[] = [];
  if (name.length > MAX_OWN_NAME_LENGTH) {
    problems.push(`must have at most ${MAX_OWN_NAME_LENGTH} characters, not ${name.length}`);
  }
  const strange = [...new Set(name.match(/[^a-z0-9-]/gu) ?? [])].slice(0, 5);
  if (strange.length > 0) {
    const list = strange.map((character) => JSON.stringify(character)).join(' ');
    problems.push(`may hold lower-case letters, digits and hyphens only, not ${list}`);
  }
  if (/^[0-9]/.test(name)) problems.push('must begin with a letter');
  if (/^-|-$|--/.test(name)) problems.push('must have its hyphens one at a time, between letters or digits');
  return problems;
}

function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/-+$/, '');
}
