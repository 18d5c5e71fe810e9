/** A number as its JSON text has it: Python tells 1 from 1.0, JavaScript does not. */
class NumberText {
  constructor(readonly text: string) {}
}

type Value = null | boolean | string | NumberText | Value[] | { [key: string]: Value };

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|-?Infinity|NaN/g;
const MARK = '\u0000number';

/** Reads JSON as Python's json.loads does, NaN and Infinity included; a text that is none stays a string. */
function read(text: string): Value {
  const marked = text.replace(TOKEN, (token) => (token[0] === '"' ? token : JSON.stringify({ [MARK]: token })));
  try {
    return JSON.parse(marked, (_, value) =>
      typeof value === 'object' && value !== null && MARK in value ? new NumberText(value[MARK]) : value,
    );
  } catch {
    return text;
  }
}

/** `str()` of what Python reads from a hyperparameter, as the training toolkit passes it on the command line. */
export function pythonArgument(hyperparameter: string): string {
  const value = read(hyperparameter);
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (isPlain(value)) {
    return Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${key}=${typeof inner === 'string' ? inner : repr(inner)}`)
      .join(',');
  }
  return repr(value);
}

/** The JSON of what Python reads from a hyperparameter; a text that is none becomes a JSON string. */
export const pythonJson = (hyperparameter: string): string => dumps(read(hyperparameter));

/** How the toolkit puts a hyperparameter into a variable: strings as they are, the rest as JSON. */
export function pythonVariable(hyperparameter: string): string {
  const value = read(hyperparameter);
  if (value === null) return '';
  return typeof value === 'string' ? value : dumps(value);
}

/** `json.dumps(value, sort_keys=True, separators=(',', ':'))`, of values that are JSON already. */
export const compactJson = (value: unknown): string => dumps(read(JSON.stringify(value)));

const isPlain = (value: Value): value is { [key: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

function repr(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof NumberText) return numeral(value.text, { nan: 'nan', infinity: 'inf' });
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, inner]) => `${quote(key)}: ${repr(inner)}`)
    .join(', ')}}`;
}

function dumps(value: Value): string {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (value instanceof NumberText) return numeral(value.text, { nan: 'NaN', infinity: 'Infinity' });
  if (typeof value === 'string') return ascii(JSON.stringify(value));
  if (Array.isArray(value)) return `[${value.map(dumps).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, inner]) => `${ascii(JSON.stringify(key))}:${dumps(inner)}`).join(',')}}`;
}

const ascii = (text: string) =>
  text.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replace(/\\/g, '\\\\')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
    .replaceAll(mark, `\\${mark}`);
  return mark + escaped + mark;
}

/** Python's shortest form: whole numbers as they are, others with a point or, when very large or small, a power. */
function numeral(text: string, names: { nan: string; infinity: string }): string {
  if (text === 'NaN') return names.nan;
  if (text.endsWith('Infinity')) return text.replace('Infinity', names.infinity);
  if (/^-?\d+$/.test(text)) return text === '-0' ? '0' : text;
  const number = Number(text);
  if (!Number.isFinite(number)) return number > 0 ? names.infinity : `-${names.infinity}`;
  const [digits, exponent] = Math.abs(number).toExponential().split('e') as [string, string];
  const power = Number(exponent);
  const sign = number < 0 || Object.is(number, -0) ? '-' : '';
  if (number !== 0 && (power < -4 || power >= 16)) {
    return `${sign}${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  return sign + plain(digits.replace('.', ''), power);
}

function plain(digits: string, power: number): string {
  if (power < 0) return `0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  return `${whole}.${digits.slice(power + 1) || '0'}`;
}
