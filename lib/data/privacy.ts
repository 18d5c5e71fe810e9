import { Token } from 'aws-cdk-lib';
import type { DataSchema, PrivacyAction, PrivacySpec } from './contract';

/** What becomes of a column that may hold personal data. */
export class Pii {
  /** It stays as it is: what was found in it is recorded. */
  public static allow(): Pii {
    return new Pii('allow');
  }

  /** It goes before anybody's code sees a row, and is no feature. Requests to the endpoint don't carry it either. */
  public static drop(): Pii {
    return new Pii('drop');
  }

  /**
   * Each value is replaced by its HMAC-SHA-256, in hexadecimal digits, before anybody's code sees a row; blanks stay. The key
   * is random, one a model, and only the job that splits the data reads it. Requests to the endpoint carry hashes as well:
   * `grantReadHashKey` gives whoever sends them the key.
   */
  public static hash(): Pii {
    return new Pii('hash');
  }

  /** The run is rejected where the column holds any. */
  public static refuse(): Pii {
    return new Pii('refuse');
  }

  private constructor(
    /** Name of the rule. */
    public readonly action: string,
  ) {}
}

/** What happens where a column without a rule holds personal data. */
export enum UndeclaredPii {
  /** The run is rejected. */
  REFUSE = 'refuse',
  /** It is recorded, and the run goes on. */
  ALLOW = 'allow',
}

/** What may happen with personal data in the columns of a model's data. */
export interface PrivacyProps {
  /** Rules by column. @default - none */
  readonly columns?: { [column: string]: Pii };
  /** Columns without a rule. `id` and `time` of the schema, which nobody's code sees, need none. @default UndeclaredPii.REFUSE */
  readonly undeclared?: UndeclaredPii;
  /** Share of the rows that is scanned, above 0 up to 1; which ones is chosen at random, the same for the same data. @default 1 */
  readonly sample?: number;
}

/** Without rules, what is found is recorded. */
const RECORD_ONLY: PrivacySpec = { columns: {}, undeclared: 'allow' };

/**
 * The rules as handlers read them.
 * @throws Error that names everything wrong with them.
 * @internal
 */
export function toPrivacySpec(owner: string, props: PrivacyProps | undefined, schema: DataSchema): PrivacySpec {
  if (!props) return RECORD_ONLY;
  const { columns = {}, undeclared, sample } = props;
  const rules = Object.entries(columns).map(([name, { action }]) => [name, action as PrivacyAction] as const);
  const problems = rules.flatMap(([name, action]) => ruleProblems(name, action, schema));
  if (sample !== undefined && !Token.isUnresolved(sample) && !(sample > 0 && sample <= 1)) {
    problems.push(`sample is a share of the rows above 0 and up to 1, received ${sample}`);
  }
  if (problems.length > 0) throw new Error(`The privacy rules of ${owner} can't be used: ${problems.join('; ')}.`);
  return {
    columns: Object.fromEntries(rules),
    undeclared: undeclared === UndeclaredPii.ALLOW ? 'allow' : 'refuse',
    ...(sample !== undefined && { sample }),
  };
}

function ruleProblems(name: string, action: PrivacyAction, schema: DataSchema): string[] {
  if (name.trim() === '') return [`a rule must name a column, received '${name}'`];
  const { label, id, time, facets = [], features } = schema;
  const feature = features?.find((each) => each.name === name);
  const done = { allow: 'allowed', refuse: 'refused', drop: 'dropped', hash: 'hashed' }[action];
  const treated = action === 'drop' || action === 'hash';
  if (treated && name === label) return [`the label '${name}' can't be ${done}: it is what is predicted`];
  if (treated && facets.includes(name)) return [`the facet '${name}' can't be ${done}: fairness is judged by it`];
  if (action === 'drop' && feature) return [`the feature '${name}' can't be dropped: take it out of the features`];
  if (action === 'hash' && feature?.type === 'numeric') {
    return [`the feature '${name}' is no number once it is hashed: make it FeatureType.CATEGORICAL`];
  }
  const known = !features || feature || action === 'drop' || [label, id, time, ...facets].includes(name);
  return known ? [] : [`'${name}' is no column of the schema`];
}
