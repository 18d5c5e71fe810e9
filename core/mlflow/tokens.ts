/** The words of MLflow's filters and orderings: https://mlflow.org/docs/latest/search-runs/ */

/** A filter, ordering or name that MLflow's grammar does not know. The message is for whoever wrote it. */
export class SearchError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SearchError';
  }
}

export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'comparator' | 'word' | 'open' | 'close' | 'comma';
  /** As it was written, without the quotes of text. */
  readonly value: string;
}

const COMPARATORS = /^(?:<=|>=|!=|<>|==|=|<|>)/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/;
/** A quote within text is written twice. */
const SINGLE = /^'(?:[^']|'')*'/;
const DOUBLE = /^"(?:[^"]|"")*"/;
/** `metrics.acc`, `` tags.`a b` ``, `tags."mlflow.user"`. */
const NAME = /^(?:\w+|`[^`]*`)(?:\.(?:\w+|`[^`]*`|"[^"]*"|'[^']*'))*/;
const WORDS = new Set(['AND', 'OR', 'IN', 'NOT', 'LIKE', 'ILIKE', 'RLIKE', 'IS', 'NULL']);
const PUNCTUATION: Readonly<Record<string, Token['kind']>> = { '(': 'open', ')': 'close', ',': 'comma' };

/** @throws SearchError at the first character that begins no word. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let rest = text.trimStart(); rest !== ''; ) {
    const [token, length] = next(rest, text);
    tokens.push(token);
    rest = rest.slice(length).trimStart();
  }
  return tokens;
}

function next(rest: string, whole: string): [Token, number] {
  const first = rest[0]!;
  const punctuation = PUNCTUATION[first];
  if (punctuation) return [{ kind: punctuation, value: first }, 1];
  if (first === "'" || first === '"') {
    const quoted = (first === "'" ? SINGLE : DOUBLE).exec(rest)?.[0];
    if (!quoted) throw new SearchError(`Invalid filter '${whole}': the quote at ${at(rest)} is not closed.`);
    return [{ kind: 'text', value: quoted.slice(1, -1).replaceAll(first + first, first) }, quoted.length];
  }
  const comparator = COMPARATORS.exec(rest)?.[0];
  if (comparator) return [{ kind: 'comparator', value: comparator }, comparator.length];
  const number = NUMBER.exec(rest)?.[0];
  if (number) return [{ kind: 'number', value: number }, number.length];
  const name = NAME.exec(rest)?.[0];
  if (name) {
    const upper = name.toUpperCase();
    return WORDS.has(upper)
      ? [{ kind: 'word', value: upper }, name.length]
      : [{ kind: 'name', value: name }, name.length];
  }
  throw new SearchError(`Invalid clause(s) in filter string '${whole}': ${at(rest)} can't be read.`);
}

const at = (rest: string): string => JSON.stringify(rest.slice(0, 20));
