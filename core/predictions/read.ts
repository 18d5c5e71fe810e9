import type { DataSchema } from '../../lib/data/contract';
import { type CsvSource, readCsv } from '../csv';
import { parseNumber, positiveClass } from '../data';
import { ProblemLog, shown } from '../problems';
import { type Evaluation, type EvaluationOptions, type PredictionPlace, QualityCollector } from '../quality';

/** How rows of a batch transform's output are laid out: the input row, then what the model answered. */
export interface PredictionLayout {
  /** Columns of the input row, in order. */
  readonly columns: readonly string[];
  /** Fields that the model answers for a row. Default 1; more are the probabilities of the classes, in order. */
  readonly predictionFields?: number;
  /** The classes in the order of their probabilities. Default `0`, `1`, … */
  readonly classes?: readonly string[];
}

/** A row's label, the fields that the model answered, and where the row stands. */
export type PredictionVisitor = (label: string, answer: readonly string[], place: PredictionPlace) => void;

/**
 * Reads the output of a batch transform that joins each input row with its prediction (`text/csv`, no header). Rows with
 * another number of fields go to `problems` with their line.
 * @returns how many rows were left out.
 * @throws RangeError where the label is none of the columns, which is a mistake of the program, not of the data.
 */
async function readPredictions(
  source: CsvSource,
  layout: PredictionLayout & { readonly label: string },
  problems: ProblemLog,
  visit: PredictionVisitor,
): Promise<number> {
  const at = layout.columns.indexOf(layout.label);
  if (at < 0)
    throw new RangeError(`The label ${shown(layout.label)} is none of the columns ${layout.columns.join(', ')}.`);
  const first = layout.columns.length;
  const fieldCount = first + (layout.predictionFields ?? 1);
  const row = (fields: readonly string[], line: number) =>
    visit(fields[at]!, fields.slice(first), { file: source.file, line });
  const { badRows } = await readCsv(source, problems, { row }, { header: false, fieldCount });
  return badRows;
}

/**
 * Measures a model by the output of its batch transform, in one file or several. Faults of the output are in the result,
 * never thrown.
 */
export async function evaluatePredictions(
  sources: readonly CsvSource[],
  layout: PredictionLayout,
  schema: Pick<DataSchema, 'label' | 'problem' | 'positive'>,
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  const problems = new ProblemLog();
  const collector = new QualityCollector(schema, options, problems);
  const positive = layout.classes?.indexOf(positiveClass(schema)) ?? 1;
  const add: PredictionVisitor = (label, answer, place) => {
    const probability = schema.problem === 'binary' ? answer[positive] : likeliest(answer, layout.classes);
    collector.add(label, answer.length === 1 ? answer[0]! : (probability ?? ''), place);
  };
  for (const source of sources) {
    collector.skip(await readPredictions(source, { ...layout, label: schema.label }, problems, add));
  }
  return collector.finish();
}

/** The class of the highest probability; what is no number is handed on as no answer. */
function likeliest(probabilities: readonly string[], classes?: readonly string[]): string {
  const values = probabilities.map((text) => parseNumber(text) ?? Number.NaN);
  const best = values.indexOf(Math.max(...values));
  return best < 0 ? '' : (classes?.[best] ?? String(best));
}
