import { describe, expect, it } from 'vitest';
import { detectPii } from '../../core/pii';

describe('personal data', () => {
  it.each([
    ['ask ada.l+x@mail.example.org, please', ['email']],
    ['call +49 30 901820 after six', ['phone']],
    ['+442079460958', ['phone']],
    ['(212) 555-0123', ['phone']],
    ['212-555-0123', ['phone']],
    ['4111 1111 1111 1111', ['card']],
    ['378282246310005', ['card']],
    ['5555-5555-5555-4444', ['card']],
    ['DE89 3704 0044 0532 0130 00', ['iban']],
    ['GB82WEST12345698765432', ['iban']],
    ['123-45-6789', ['national-id']],
    ['12345678Z', ['national-id']],
    ['X1234567L', ['national-id']],
    ['255081416802538', ['national-id']],
    ['111.444.777-35', ['national-id']],
    ['44051401359', ['national-id']],
  ])('is found in %s', (value, kinds) => {
    expect(detectPii(value)).toEqual(kinds);
  });

  it.each([
    ['a phone number of no country', '+999 123456789'],
    ['a phone number that is too short', '+49 3'],
    ['a sum', '+12.5'],
    ['a difference', '100-200-3000'],
    ['a card with a wrong digit', '4111 1111 1111 1112'],
    ['a long number of no issuer', '9111111111111111'],
    ['an IBAN with a wrong digit', 'DE89 3704 0044 0532 0130 01'],
    ['a number that nobody got', '000-12-3456'],
    ['a DNI with a wrong letter', '12345678A'],
    ['a CPF of one digit', '111.111.111-11'],
    ['a PESEL with a wrong digit', '44051401358'],
    ['a measurement', '0.1234567890123456'],
    ['a name in code', 'user@host'],
    ['a date', '2026-01-01'],
    ['nothing', ''],
  ])('is not found in %s', (_, value) => {
    expect(detectPii(value)).toEqual([]);
  });

  it('takes no longer than its length allows', () => {
    const started = performance.now();
    for (const part of ['a@a.', '+1 ', '(212) ', '212-', '1 ', 'A1', '1-', 'a.@']) detectPii(part.repeat(500_000));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
