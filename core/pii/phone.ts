import { isValidPhoneNumber } from 'libphonenumber-js/min';

/** With the country's code, as E.164 has it, however it is grouped. */
const INTERNATIONAL = /(?<![\w+])\+[1-9](?:[ ()./-]{0,2}\d){6,14}(?!\d)/g;
/** As numbers of North America are grouped. */
const NORTH_AMERICAN = /(?<![\d.-])(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}(?![\d.-])/g;

/** Whether a text holds a phone number that the numbering plan of its country allows. */
export function holdsPhone(value: string): boolean {
  const holds = (pattern: RegExp, country?: 'US'): boolean =>
    (value.match(pattern) ?? []).some((candidate) => isValidPhoneNumber(candidate, country));
  return (value.includes('+') && holds(INTERNATIONAL)) || holds(NORTH_AMERICAN, 'US');
}
