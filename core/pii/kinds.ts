/** Kinds of personal data that a value may hold. */
export const PII_KINDS = ['email', 'phone', 'card', 'iban', 'national-id'] as const;
export type PiiKind = (typeof PII_KINDS)[number];

/** What people call them. */
export const PII_WORDS: Readonly<Record<PiiKind, string>> = {
  email: 'e-mail addresses',
  phone: 'phone numbers',
  card: 'card numbers',
  iban: 'IBANs',
  'national-id': 'national ids',
};
