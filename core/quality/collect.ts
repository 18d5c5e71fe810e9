import type { DataSchema, ProblemType } from '../../lib/data/contract';
import { classOf, isMissing, parseNumber, positiveClass } from '../data';
import { type DataProblem, ProblemLog, type ProblemSummary, shown } from '../problems';
import { measureBinary } from './binary';
import { measureMulticlass } from './multiclass';
import type { Outcomes } from './outcomes';
import { measureRegression } from './regression';
import type { Quality } from './types';

/** Where a prediction stands; `line` counts from 1. */
export interface PredictionPlace {
  readonly file?: string;
  readonly line: number;
}

/** The measure of a model, or why there is none. */
export interface Evaluation {
  /** True where every row had a good prediction and the metrics are whole. */
  readonly passed: boolean;
  /** Over the good rows; absent where there is none. */
  readonly quality?: Quality;
  readonly problems: ProblemSummary;
  /** Label and answer of each row, in order; where all rows are good. */
  readonly outcomes?: Outcomes;
}

export interface EvaluationOptions {
  /** From this probability on a row is predicted positive; default 0.5; binary only. */
  readonly threshold?: number;
  /** How many rows were to be predicted; fewer or more are a problem. Default: as many as there are. */
  readonly expectedRows?: number;
}

type Judged = Pick<DataSchema, 'label' | 'problem' | 'positive'>;

/** Takes labels and predictions as text, row by row, keeps the good ones and names the bad ones. */
export class QualityCollector {
  private readonly labels: number[] = [];
  private readonly scores: number[] = [];
  private readonly actual: string[] = [];
  private readonly predicted: string[] = [];
  private readonly positive: string;
  private given = 0;

  constructor(
    private readonly schema: Judged,
    private readonly options: EvaluationOptions = {},
    private readonly problems = new ProblemLog(),
  ) {
    this.positive = positiveClass(schema);
  }

  add(label: string, prediction: string, place: PredictionPlace): void {
    this.given += 1;
    const { problem } = this.schema;
    const fault = faultOf(label, prediction, problem);
    if (fault) {
      const field = fault.code === 'bad-prediction' ? {} : { field: this.schema.label };
      this.problems.add({ ...fault, ...place, ...field });
    } else if (problem === 'multiclass') {
      this.actual.push(classOf(label));
      this.predicted.push(classOf(prediction));
    } else {
      this.labels.push(problem === 'binary' ? Number(classOf(label) === this.positive) : parseNumber(label)!);
      this.scores.push(parseNumber(prediction)!);
    }
  }

  /** Counts rows that were answered, but could not be read. */
  skip(rows: number): void {
    this.given += rows;
  }

  finish(): Evaluation {
    const rows = this.schema.problem === 'multiclass' ? this.actual.length : this.labels.length;
    this.judgeRows();
    const quality = rows > 0 ? this.measure() : undefined;
    if (this.problems.total === 0) this.judgeLabels();
    const problems = this.problems.summary();
    const passed = problems.total === 0;
    return { passed, ...(quality && { quality }), problems, ...(passed && { outcomes: this.outcomes() }) };
  }

  /** Label and answer of each good row so far. */
  outcomes(): Outcomes {
    const { labels, scores, schema } = this;
    if (schema.problem === 'multiclass')
      return { problem: schema.problem, labels: this.actual, scores: this.predicted };
    return { problem: schema.problem, labels, scores };
  }

  private measure(): Quality {
    const { labels, scores } = this;
    if (this.schema.problem === 'binary') return measureBinary({ labels, scores }, this.options.threshold);
    if (this.schema.problem === 'regression') return measureRegression({ labels, predictions: scores });
    return measureMulticlass({ labels: this.actual, predictions: this.predicted });
  }

  private judgeRows(): void {
    const expected = this.options.expectedRows;
    if (this.given === (expected ?? this.given) && this.given > 0) return;
    const message = `There are ${this.given} predictions${expected === undefined ? '' : ` for ${expected} rows`}.`;
    this.problems.add({ code: 'missing-prediction', message, hint: 'The model must answer each row once, in order.' });
  }

  private judgeLabels(): void {
    const values: ArrayLike<unknown> = this.schema.problem === 'multiclass' ? this.actual : this.labels;
    for (let row = 1; row < values.length; row++) if (values[row] !== values[0]) return;
    const value = this.schema.problem === 'binary' ? (values[0] === 1 ? 'positive' : 'negative') : String(values[0]);
    const message = `Every label of the test rows is ${value}.`;
    const hint = 'Hold out more rows, so that every class is among them.';
    this.problems.add({ code: 'one-class', field: this.schema.label, message, hint });
  }
}

function faultOf(label: string, prediction: string, problem: ProblemType): DataProblem | undefined {
  if (isMissing(label)) {
    return { code: 'missing-label', message: 'The row has no label.', hint: 'Test on labelled rows only.' };
  }
  const what = shown(prediction);
  if (problem === 'multiclass') {
    if (!isMissing(prediction)) return undefined;
    const hint = 'The model must answer one class for each row.';
    return { code: 'bad-prediction', message: `The prediction ${what} is no class.`, hint };
  }
  const score = parseNumber(prediction);
  if (score === undefined) {
    const hint = 'The model must answer one finite number for each row.';
    return { code: 'bad-prediction', message: `The prediction ${what} is no number.`, hint };
  }
  if (problem === 'binary' && (score < 0 || score > 1)) {
    const hint = 'The model must answer the probability of the positive class, from 0 to 1.';
    return { code: 'bad-prediction', message: `The prediction ${what} is no probability.`, hint };
  }
  if (problem === 'regression' && parseNumber(label) === undefined) {
    const hint = 'A regression is tested on numbers.';
    return { code: 'bad-label', message: `The label ${shown(label)} is no number.`, hint };
  }
  return undefined;
}
