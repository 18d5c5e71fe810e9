/** An escape in JSON; `JSON.stringify` writes one that begins with `\ud` for half a character only. */
const ESCAPE = /\\(?:u(d[89a-f][0-9a-f]{2})|.)/g;

/**
 * A value as JSON text that has a form in UTF-8. Half a character (a lone surrogate), which people's texts may hold and
 * JSON can write, becomes U+FFFD, as it does wherever text becomes UTF-8.
 */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value)?.replaceAll(ESCAPE, (whole, half) => (half ? '\\ufffd' : whole));
