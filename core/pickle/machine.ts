/*
 * An own reader of pickles (protocols 0 to 5): the kept scanners are Python (picklescan, fickling) and none of our own
 * Python runs over an archive, while the JavaScript reader on npm rests since 2024, builds what it reads, and stops at the
 * arrays that joblib writes between opcodes. The opcodes are those of CPython's Lib/pickletools.py.
 */
import { type Built, built, entryOf, type Value } from './values';

export interface PickleImport {
  readonly module: string;
  readonly name: string;
}

/** What one pickle imports, whether or not it could be read to its end. */
export interface PickleFacts {
  readonly imports: readonly PickleImport[];
  /** The byte after it. */
  readonly end: number;
  /** Why it could not be read to its end. */
  readonly problem?: string;
}

class Unreadable extends Error {}

/** Bytes of the argument of opcodes whose value does not matter. */
const FIXED: Readonly<Record<number, number>> = { 71: 8, 128: 1, 149: 8 };
/** Bytes of the length before what an opcode holds, and whether that is text. */
const COUNTED: Readonly<Record<number, readonly [length: number, text: boolean]>> = {
  84: [4, true],
  85: [1, true],
  88: [4, true],
  140: [1, true],
  141: [8, true],
  66: [4, false],
  67: [1, false],
  142: [8, false],
  150: [8, false],
  138: [1, false],
  139: [4, false],
};
const MODULE = /^[A-Za-z_][\w.]*$/;
const MEMO_LIMIT = 5_000_000;

/** Reads a pickle from a byte on, importing and calling nothing. */
export function readPickle(bytes: Buffer, start = 0): PickleFacts {
  const machine = new Machine(bytes, start);
  try {
    machine.run();
    return { imports: machine.imports, end: machine.at };
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof RangeError)) throw error;
    const problem = error instanceof Unreadable ? error.message : 'it ends too early';
    return { imports: machine.imports, end: machine.at, problem: `${problem}, at byte ${machine.at}` };
  }
}

class Machine {
  readonly imports: PickleImport[] = [];
  private readonly stack: Value[] = [];
  private readonly memo = new Map<number, Value>();

  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  run(): void {
    for (;;) {
      const opcode = this.bytes.readUInt8(this.at);
      this.at += 1;
      if (opcode === 0x2e) {
        this.pop();
        return;
      }
      this.step(opcode);
    }
  }

  private step(opcode: number): void {
    const fixed = FIXED[opcode];
    const counted = COUNTED[opcode];
    if (fixed !== undefined) {
      this.take(fixed);
      if (opcode === 0x47) this.push(built('other'));
    } else if (counted) this.push(this.counted(...counted));
    else if (!(this.scalar(opcode) || this.stacked(opcode) || this.memoized(opcode) || this.called(opcode))) {
      throw new Unreadable(`0x${opcode.toString(16)} is no opcode`);
    }
  }

  /** Numbers, lines of text, and constants. */
  private scalar(opcode: number): boolean {
    const op = String.fromCharCode(opcode);
    if (op === 'J') this.push(this.bytes.readInt32LE(this.skip(4)));
    else if (op === 'K') this.push(this.bytes.readUInt8(this.skip(1)));
    else if (op === 'M') this.push(this.bytes.readUInt16LE(this.skip(2)));
    else if (op === 'I') this.push(Number(this.line()));
    else if (op === 'L') this.push(Number(this.line().replace(/L$/, '')));
    else if (op === 'V') this.push(this.line());
    else if (op === 'S') this.push(this.line().slice(1, -1));
    else if (op === 'F' || op === 'P') {
      this.line();
      this.push(built('other'));
    } else if (op === 'N' || opcode === 0x88 || opcode === 0x89) this.push(built('other'));
    else if (op === '}') this.push(built('dict'));
    else if (op === ']' || opcode === 0x8f) this.push(built('list'));
    else if (op === ')') this.push(built('tuple'));
    else if (op === '(') this.push(built('mark'));
    else return false;
    return true;
  }

  /** What takes values from the stack and builds others of them. */
  private stacked(opcode: number): boolean {
    const op = String.fromCharCode(opcode);
    if (op === '0') this.stack.pop();
    else if (op === '1') this.toMark();
    else if (op === '2') this.push(this.top());
    else if (op === 't') this.push(built('tuple', this.toMark()));
    else if (op === 'l' || opcode === 0x91) this.push(built('list', this.toMark()));
    else if (op === 'd') this.push(built('dict', this.toMark()));
    else if (opcode >= 0x85 && opcode <= 0x87) this.push(built('tuple', this.popMany(opcode - 0x84)));
    else if (op === 'a') this.append(this.popMany(1));
    else if (op === 's') this.append(this.popMany(2));
    else if (op === 'e' || op === 'u' || opcode === 0x90) this.append(this.toMark());
    else if (op === 'Q') this.push(built('other', [this.pop()]));
    else if (opcode === 0x97) this.push(built('other'));
    else return opcode === 0x98;
    return true;
  }

  private memoized(opcode: number): boolean {
    const op = String.fromCharCode(opcode);
    if (op === 'p') this.memoize(Number(this.line()));
    else if (op === 'q') this.memoize(this.bytes.readUInt8(this.skip(1)));
    else if (op === 'r') this.memoize(this.bytes.readUInt32LE(this.skip(4)));
    else if (opcode === 0x94) this.memoize(this.memo.size);
    else if (op === 'g') this.recall(Number(this.line()));
    else if (op === 'h') this.recall(this.bytes.readUInt8(this.skip(1)));
    else if (op === 'j') this.recall(this.bytes.readUInt32LE(this.skip(4)));
    else return false;
    return true;
  }

  /** What imports, calls, and gives an object its state. */
  private called(opcode: number): boolean {
    const op = String.fromCharCode(opcode);
    if (op === 'c') this.push(this.global(this.line(), this.line()));
    else if (opcode === 0x93) {
      const [module, name] = this.popMany(2);
      this.push(this.global(module, name));
    } else if (op === 'i') {
      const made = this.global(this.line(), this.line());
      this.push(built('object', this.toMark(), made));
    } else if (op === 'o') {
      const [of, ...args] = this.toMark();
      this.push(this.made(of, args));
    } else if (op === 'R' || opcode === 0x81) {
      const [of, args] = this.popMany(2);
      this.push(this.made(of, [args!]));
    } else if (opcode === 0x92) {
      const [of, args] = this.popMany(3);
      this.push(this.made(of, [args!]));
    } else if (op === 'b') this.build(this.pop());
    else if (opcode >= 0x82 && opcode <= 0x84) {
      this.take(2 ** (opcode - 0x82));
      // Which of them is registered under the number is the reader's matter.
      this.push(this.global('copyreg', '_extension_registry'));
    } else return false;
    return true;
  }

  private global(module: Value | undefined, name: Value | undefined): Built {
    if (typeof module !== 'string' || typeof name !== 'string' || !MODULE.test(module) || !MODULE.test(name)) {
      throw new Unreadable('it imports what has no name');
    }
    this.imports.push({ module, name });
    return built('global', [], { module, name });
  }

  private made(of: Value | undefined, args: Value[]): Built {
    return built('object', args, typeof of === 'object' ? of : {});
  }

  /** Joblib writes the bytes of an array after the object that stands for it, in the middle of the pickle. */
  private build(state: Value): void {
    const object = this.top();
    if (typeof object !== 'object' || object.module !== 'joblib.numpy_pickle') return;
    if (object.name !== 'NumpyArrayWrapper') return;
    const [type, shape] = [entryOf(state, 'dtype'), entryOf(state, 'shape')];
    const code = typeof type === 'object' ? firstText(type) : undefined;
    const [, letter = '', size = ''] = /^[<>|=]?([a-zA-Z])(\d+)$/.exec(code ?? '') ?? [];
    if (letter === 'O') {
      const inner = readPickle(this.bytes, this.at);
      this.imports.push(...inner.imports);
      this.at = inner.end;
      if (inner.problem) throw new Unreadable('an array of objects in it ends too early');
      return;
    }
    const counts = typeof shape === 'object' && shape.kind === 'tuple' ? shape.items : [Number.NaN];
    const items = counts.reduce<number>((product, count) => product * Number(count), 1);
    if (typeof entryOf(state, 'numpy_array_alignment_bytes') === 'number')
      this.take(this.bytes.readUInt8(this.skip(1)));
    const length = items * Number(size) * (letter === 'U' ? 4 : 1);
    if (!letter || !Number.isSafeInteger(length)) throw new Unreadable('an array in it has no known size');
    this.take(length);
  }

  private append(values: Value[]): void {
    const of = this.top();
    if (typeof of === 'object' && of.kind !== 'other') of.items.push(...values.slice(0, 10_000));
  }

  private counted(width: number, isText: boolean): Value {
    const at = this.skip(width);
    const length =
      width === 1
        ? this.bytes[at]!
        : width === 4
          ? this.bytes.readUInt32LE(at)
          : Number(this.bytes.readBigUInt64LE(at));
    const from = this.take(length);
    // Names of modules are short; the rest is not looked at.
    return isText && length < 1_000 ? this.bytes.toString('utf8', from, from + length) : built('other');
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new Unreadable('it ends too early');
    const text = this.bytes.toString('utf8', this.at, Math.min(end, this.at + 1_000));
    this.at = end + 1;
    return text.replace(/\r$/, '');
  }

  private take(length: number): number {
    const from = this.at;
    if (from + length > this.bytes.length) throw new Unreadable('it ends too early');
    this.at += length;
    return from;
  }

  private skip(length: number): number {
    return this.take(length);
  }

  private push(value: Value): void {
    this.stack.push(value);
  }

  private pop(): Value {
    const value = this.stack.pop();
    if (value === undefined) throw new Unreadable('it takes more than it has put');
    return value;
  }

  private popMany(count: number): Value[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  private top(): Value {
    const value = this.stack.at(-1);
    if (value === undefined) throw new Unreadable('it takes more than it has put');
    return value;
  }

  private toMark(): Value[] {
    const at = this.stack.findLastIndex((value) => typeof value === 'object' && value.kind === 'mark');
    if (at < 0) throw new Unreadable('it takes more than it has put');
    const values = this.stack.splice(at);
    return values.slice(1);
  }

  private memoize(at: number): void {
    if (this.memo.size > MEMO_LIMIT) throw new Unreadable('it remembers too much');
    this.memo.set(at, this.top());
  }

  private recall(at: number): void {
    const value = this.memo.get(at);
    if (value === undefined) throw new Unreadable('it recalls what it never put');
    this.push(value);
  }
}

/** The first text among what an object was made of. */
function firstText(value: Built): string | undefined {
  for (const item of value.items) {
    const found = typeof item === 'string' ? item : typeof item === 'object' ? firstText(item) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
