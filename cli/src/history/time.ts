import { InvalidArgumentError } from 'commander';

const FORM = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A day or a time, in UTC where it names no offset, as ISO 8601 in UTC. */
export function pointInTime(value: string): string {
  const [, day = '', minutes = '00:00', seconds = ':00', offset = 'Z'] = FORM.exec(value.trim()) ?? [];
  const time = new Date(`${day}T${minutes}${seconds}${offset}`);
  // A day that no month has is taken for one of the next month by some engines.
  const real = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(time.getTime()) || Number.isNaN(real.getTime()) || real.toISOString().slice(0, 10) !== day) {
    throw new InvalidArgumentError(
      'It must be a day or a time, such as 2026-03-01 (its first moment), 2026-03-01T12:00 (UTC) or ' +
        '2026-03-01T12:00+02:00.',
    );
  }
  return time.toISOString();
}
