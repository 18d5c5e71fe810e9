import { shortened } from '../../core/mlflow';
import { invalid } from './errors';

/** A request's fields, read one at a time; what is missing or of another form is refused by name. */
export class Input {
  constructor(private readonly fields: Readonly<Record<string, unknown>>) {}

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  /** Text that must be there and not empty. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value) return value;
    throw invalid(`Missing value for required parameter '${name}'.`);
  }

  optionalText(name: string): string | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    throw wrong(name, value, 'It must be text.');
  }

  /** A whole number, also as text: JSON has none of 64 bits. */
  integer(name: string): number | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null || value === '') return undefined;
    const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number)) return number;
    throw wrong(name, value, 'It must be a whole number.');
  }

  flag(name: string): boolean {
    const value = this.fields[name];
    if (value === undefined || value === null) return false;
    if (value === true || value === 'true' || value === 'True') return true;
    if (value === false || value === 'false' || value === 'False') return false;
    throw wrong(name, value, 'It must be true or false.');
  }

  /** Texts; a query string may hold one or several of the same name. */
  texts(name: string): string[] {
    const values = this.list(name);
    for (const value of values) if (typeof value !== 'string') throw wrong(name, value, 'It must be a list of text.');
    return values as string[];
  }

  /** Objects, each read like a request. */
  objects(name: string): Input[] {
    return this.list(name).map((value, i) => {
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
        return new Input(value as Record<string, unknown>);
      }
      throw wrong(`${name}[${i}]`, value, 'It must be an object.');
    });
  }

  /** One object, or an empty one. */
  object(name: string): Input {
    return this.has(name) ? new Input({ ...(this.fields[name] as object) }) : new Input({});
  }

  raw(name: string): unknown {
    return this.fields[name];
  }

  /** How many of a search; MLflow refuses what is out of bounds. */
  limit(name: string, fallback: number, most: number): number {
    const value = this.integer(name) ?? fallback;
    if (value >= 1 && value <= most) return value;
    throw invalid(
      `Invalid value for request parameter ${name}. It must be a positive integer of at most ${most}, but got value ${value}`,
    );
  }

  private list(name: string): unknown[] {
    const value = this.fields[name];
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : [value];
  }
}

const wrong = (name: string, value: unknown, what: string) =>
  invalid(`Invalid value ${shortened(JSON.stringify(value) ?? 'undefined')} for parameter '${name}' supplied. ${what}`);
