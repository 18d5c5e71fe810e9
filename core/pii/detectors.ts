import { ibanRemainder, isCpf, isPesel, luhn } from './checksums';
import type { PiiKind } from './kinds';
import { holdsPhone } from './phone';

/** Characters looked at of a value; longer text is cut there. */
const LOOKED_AT = 2_000;

/** Shorter text holds none of them but an e-mail address; nor does a decimal number, which most values are. */
const SHORTEST = 9;
const DECIMAL = /^[+-]?\d*\.\d*$/;

const EMAIL = /[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])/;
const CARD = /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])/g;
/** Issuers whose numbers are in use, by prefix and length. */
const ISSUED = [
  /^4(?:\d{12}|\d{15}|\d{18})$/,
  /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)\d*$(?<=^\d{16})/,
  /^3[47]\d{13}$/,
  /^(?:6011|65|64[4-9])\d*$(?<=^\d{16,19})/,
  /^35\d{14}$/,
  /^3(?:0[0-5]|[68])\d*$(?<=^\d{14})/,
];
const IBAN = /(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])/g;
const SSN = /(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/;
const DNI = /(?<![A-Za-z0-9])([XYZ]?\d{7,8})-?([A-HJ-NP-TV-Z])(?![A-Za-z0-9])/g;
const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';
const NIR = /(?<!\d)([12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d{8})(\d{2})(?!\d)/g;
const CPF = /(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)/g;
const PESEL = /^\d{11}$/;

const some = (value: string, pattern: RegExp, holds: (match: RegExpMatchArray) => boolean): boolean =>
  [...value.matchAll(pattern)].some(holds);

const isCard = (digits: string): boolean => ISSUED.some((issuer) => issuer.test(digits)) && luhn(digits);

const isDni = ([, digits = '', letter]: RegExpMatchArray): boolean => {
  const number = Number(digits.replace(/^[XYZ]/, (first) => String('XYZ'.indexOf(first))));
  return digits.length === 8 && DNI_LETTERS[number % 23] === letter;
};

/** Which kinds of personal data a value holds, by form and, where the kind has one, by its check digits. */
export function detectPii(text: string): PiiKind[] {
  if ((text.length < SHORTEST && !text.includes('@')) || DECIMAL.test(text)) return [];
  const value = text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text;
  const kinds: PiiKind[] = [];
  if (value.includes('@') && EMAIL.test(value)) kinds.push('email');
  if (!/\d{2}/.test(value)) return kinds;
  if (holdsPhone(value)) kinds.push('phone');
  if (some(value, CARD, ([match]) => isCard(match.replaceAll(/[ -]/g, '')))) kinds.push('card');
  if (some(value, IBAN, ([match]) => ibanRemainder(match.replaceAll(' ', '')) === 1)) kinds.push('iban');
  if (holdsNationalId(value)) kinds.push('national-id');
  return kinds;
}

/** Those of the United States (no check digit), Spain, France, Brazil and Poland. */
function holdsNationalId(value: string): boolean {
  return (
    SSN.test(value) ||
    some(value, DNI, isDni) ||
    some(value, NIR, ([, number, check]) => 97 - Number(BigInt(number!) % 97n) === Number(check)) ||
    some(value, CPF, ([match]) => isCpf(match.replaceAll(/\D/g, ''))) ||
    (PESEL.test(value.trim()) && isPesel(value.trim()))
  );
}
