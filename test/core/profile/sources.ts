import { type DataSource, type Profile, type ProfileOptions, profileSources } from '../../../core/profile';

/** Text or bytes as a source, cut into chunks so that values lie across their borders. */
export function sourceOf(key: string, content: string | Uint8Array, chunk = 1000): DataSource {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    key,
    size: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
    },
    random: () => ({
      byteLength: bytes.length,
      slice: async (start, end) => new Uint8Array(bytes.slice(start, end)).buffer,
    }),
  };
}

export const profileOf = (content: string | Uint8Array, options: ProfileOptions = {}): Promise<Profile> =>
  profileSources([sourceOf('data.csv', content)], options);

/** Numbers that look random and are the same each time (a linear congruential generator). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** About normal: the sum of twelve uniform numbers. */
export const normal = (next: () => number): number => Array.from({ length: 12 }, next).reduce((a, b) => a + b, -6);

export const csvOf = (header: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  `${[header, ...rows].map((row) => row.join(',')).join('\n')}\n`;
