export interface MetricDefinition {
  readonly Name: string;
  readonly Regex: string;
}

// The built-in algorithm's lines: [3]#011train-auc:0.91#011validation-auc:0.88
const BUILT_IN = /#011(train|validation)-([\w@.-]+):([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))/g;

/** Reads metrics from log lines as they pass; the last value of each is the final one. */
export class MetricReader {
  private readonly definitions: { name: string; regex: RegExp }[];
  private readonly latest = new Map<string, { Value: number; Timestamp: number }>();

  constructor(
    definitions: readonly MetricDefinition[],
    private readonly builtIn: boolean,
  ) {
    this.definitions = definitions.flatMap(({ Name, Regex }) => {
      try {
        return [{ name: Name, regex: new RegExp(Regex) }];
      } catch {
        return [];
      }
    });
  }

  /** Definitions whose expression cannot be read; empty when all can. */
  static invalid(definitions: readonly MetricDefinition[]): MetricDefinition[] {
    return definitions.filter(({ Regex }) => {
      try {
        return new RegExp(Regex) === undefined;
      } catch {
        return true;
      }
    });
  }

  read(line: string, nowSeconds: number): void {
    for (const { name, regex } of this.definitions) {
      const match = regex.exec(line);
      if (match) this.keep(name, match[1] ?? match[0], nowSeconds);
    }
    if (!this.builtIn) return;
    for (const match of line.matchAll(BUILT_IN)) this.keep(`${match[1]}:${match[2]}`, match[3]!, nowSeconds);
  }

  final(): { MetricName: string; Value: number; Timestamp: number }[] {
    return [...this.latest].map(([MetricName, { Value, Timestamp }]) => ({ MetricName, Value, Timestamp }));
  }

  private keep(name: string, text: string, nowSeconds: number): void {
    const Value = Number(text);
    if (Number.isFinite(Value)) this.latest.set(name, { Value, Timestamp: nowSeconds });
  }
}
