/**
 * The one text of a JSON value: the JSON Canonicalization Scheme (RFC 8785). Members are sorted by UTF-16 code units
 * (section 3.2.3), numbers and strings are written as ECMAScript does (sections 3.2.2.2 and 3.2.2.3).
 * @throws TypeError where the value is no JSON: NaN, Infinity, a lone surrogate, a Date, a function; it names the path.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$');
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson(path, String(value));
    return JSON.stringify(value);
  }
  if (typeof value === 'string') return writeString(value, path);
  if (Array.isArray(value))
    return `[${Array.from(value, (item, index) => write(item, `${path}[${index}]`)).join(',')}]`;
  if (typeof value === 'object' && isPlain(value)) return writeObject(value as Record<string, unknown>, path);
  throw notJson(path, Object.prototype.toString.call(value));
}

function writeObject(value: Record<string, unknown>, path: string): string {
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${writeString(key, path)}:${write(value[key], `${path}.${key}`)}`);
  return `{${members.join(',')}}`;
}

function writeString(value: string, path: string): string {
  if (/\p{Surrogate}/u.test(value)) throw notJson(path, 'a string with a lone surrogate');
  return JSON.stringify(value);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function notJson(path: string, found: string): TypeError {
  return new TypeError(`Only JSON has a canonical form; ${path} is ${found}.`);
}
