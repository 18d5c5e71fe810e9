import { detectPii } from '../pii/detectors';
import { shown } from '../problems';

/** A value in a message. Personal data is named by its kind: messages go into logs, records and evidence. */
export function shownField(value: string): string {
  const kinds = detectPii(value);
  return kinds.length > 0 ? `"(${kinds.join(', ')}, not shown)"` : shown(value);
}
