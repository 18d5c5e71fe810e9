import { type Grammar, type Identifier, identify } from './grammar';
import { SearchError, type Token, tokensOf } from './tokens';

export type Comparator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'LIKE'
  | 'ILIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL';

/** One condition; all of a filter's must hold. */
export interface Clause extends Identifier {
  readonly comparator: Comparator;
  /** A list for IN and NOT IN, null for IS NULL and IS NOT NULL. */
  readonly value: string | number | readonly string[] | null;
}

const NUMERIC: readonly string[] = ['=', '!=', '<', '<=', '>', '>='];
const TEXTUAL: readonly string[] = ['=', '!=', 'LIKE', 'ILIKE'];

/**
 * The clauses of a filter in MLflow's grammar: comparisons joined by AND.
 * @throws SearchError that says which clause is wrong, and what would be right
 */
export function parseFilter(text: string | undefined, grammar: Grammar): Clause[] {
  if (!text?.trim()) return [];
  const rest = tokensOf(text);
  const clauses: Clause[] = [];
  for (;;) {
    clauses.push(clauseOf(rest, grammar, text));
    const joint = rest.shift();
    if (!joint) return clauses;
    if (joint.value !== 'AND' || joint.kind !== 'word') {
      throw new SearchError(`Invalid clause(s) in filter string '${text}': '${joint.value}'. Join comparisons by AND.`);
    }
  }
}

function clauseOf(rest: Token[], grammar: Grammar, text: string): Clause {
  const subject = rest.shift();
  if (subject?.kind !== 'name')
    throw wrong(text, `expected a name such as metrics.acc, found '${subject?.value ?? 'its end'}'`);
  const identifier = identify(subject.value, grammar);
  const comparator = comparatorOf(rest, text);
  if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') {
    if (!grammar.absence.includes(identifier.kind)) {
      const kinds = grammar.absence.join(' and ') || 'nothing here';
      throw new SearchError(
        `IS NULL and IS NOT NULL can be asked of ${kinds}, not of ${identifier.kind} '${identifier.key}'.`,
      );
    }
    return { ...identifier, comparator, value: null };
  }
  const clause = { ...identifier, comparator, value: readValue(rest, text) };
  check(clause, grammar, text);
  return clause;
}

function comparatorOf(rest: Token[], text: string): Comparator {
  const first = rest.shift();
  if (first?.kind === 'comparator' && NUMERIC.includes(first.value)) return first.value as Comparator;
  const then = (...words: string[]): boolean => {
    const met = words.every((word, i) => rest[i]?.kind === 'word' && rest[i].value === word);
    if (met) rest.splice(0, words.length);
    return met;
  };
  if (first?.kind === 'word') {
    if (first.value === 'LIKE' || first.value === 'ILIKE' || first.value === 'IN') return first.value;
    if (first.value === 'NOT' && then('IN')) return 'NOT IN';
    if (first.value === 'IS' && then('NOT', 'NULL')) return 'IS NOT NULL';
    if (first.value === 'IS' && then('NULL')) return 'IS NULL';
  }
  throw wrong(text, `expected a comparator, found '${first?.value ?? 'its end'}'`);
}

function readValue(rest: Token[], text: string): string | number | string[] {
  const token = rest.shift();
  if (token?.kind === 'text') return token.value;
  if (token?.kind === 'number') return Number(token.value);
  if (token?.kind === 'open') return listOf(rest, text);
  throw wrong(text, `expected a quoted string value or a number, found '${token?.value ?? 'its end'}'`);
}

function listOf(rest: Token[], text: string): string[] {
  const values: string[] = [];
  for (;;) {
    const value = rest.shift();
    if (value?.kind !== 'text') throw wrong(text, 'a list holds quoted string values, and at least one');
    values.push(value.value);
    const separator = rest.shift();
    if (separator?.kind === 'close') return values;
    if (separator?.kind === 'comma' && rest[0]?.kind === 'close') {
      rest.shift();
      return values;
    }
    if (separator?.kind !== 'comma') throw wrong(text, "a list is written like ('a', 'b')");
  }
}

/** Whether comparator and value fit what the clause speaks of. */
function check({ kind, key, comparator, value }: Clause, grammar: Grammar, text: string): void {
  const listed = comparator === 'IN' || comparator === 'NOT IN';
  if (listed !== Array.isArray(value))
    throw wrong(text, `${comparator} ${listed ? 'takes a list' : 'takes one value'}`);
  const holdsNumber = kind === 'metric' || (kind === 'attribute' && isNumeric(key, grammar));
  if (holdsNumber) {
    if (!NUMERIC.includes(comparator)) throw refused(comparator, kind, key, NUMERIC);
    if (typeof value !== 'number')
      throw new SearchError(`Expected numeric value type for ${kind} '${key}'. Found '${value}'.`);
    return;
  }
  const lists = kind === 'dataset' || (kind === 'attribute' && (grammar.lists ?? [key]).includes(key));
  const allowed = lists ? [...TEXTUAL, 'IN', 'NOT IN'] : TEXTUAL;
  if (!allowed.includes(comparator)) throw refused(comparator, kind, key, allowed);
  if (typeof value === 'number') {
    throw new SearchError(
      `Expected a quoted string value for ${kind} '${key}' (such as 'my-value'). Got value ${value}.`,
    );
  }
}

const isNumeric = (key: string, { attributes, synonyms = {} }: Grammar): boolean =>
  Object.entries(attributes).some(([name, holds]) => holds === 'number' && (name === key || synonyms[name] === key));

const wrong = (text: string, what: string): SearchError =>
  new SearchError(
    `Invalid clause(s) in filter string '${text.length > 300 ? `${text.slice(0, 300)}…` : text}': ${what}.`,
  );

const refused = (comparator: string, kind: string, key: string, allowed: readonly string[]): SearchError =>
  new SearchError(`Invalid comparator '${comparator}' for ${kind} '${key}'. Valid are: ${allowed.join(', ')}.`);
