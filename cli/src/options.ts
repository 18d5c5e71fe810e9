import { InvalidArgumentError } from 'commander';
import { nameProblems } from '../../core/ids';

/** Parsers of arguments; what they throw becomes a usage error that names the argument. */
export function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return Number(value);
}

export function seconds(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return number;
}

/** A number of 0 or more. */
export function fraction(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError('It must be a number of 0 or more.');
  return number;
}

export function day(value: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw new InvalidArgumentError('It must be a day like 2027-01-31.');
}

export function name(value: string): string {
  const problems = nameProblems(value);
  if (problems.length > 0) throw new InvalidArgumentError(`A name ${problems.join('; it ')}.`);
  return value;
}

/** Collects `key=value` options; a key given twice is an error. */
export function keyValue(value: string, before: Record<string, string> = {}): Record<string, string> {
  const at = value.indexOf('=');
  const key = value.slice(0, Math.max(at, 0));
  if (at < 1) throw new InvalidArgumentError('It must look like name=value.');
  if (key in before) throw new InvalidArgumentError(`'${key}' is given twice.`);
  return { ...before, [key]: value.slice(at + 1) };
}

export interface ModelRef {
  readonly model: string;
  readonly version?: number;
  readonly alias?: string;
}

/** `model`, `model@3` or `model@champion`. */
export function modelRef(value: string): ModelRef {
  const [model = '', ref, ...rest] = value.split('@');
  if (rest.length > 0 || ref === '') {
    throw new InvalidArgumentError('It must look like model, model@version or model@alias.');
  }
  name(model);
  if (ref === undefined) return { model };
  return /^\d+$/.test(ref) ? { model, version: wholeNumber(ref) } : { model, alias: name(ref) };
}
