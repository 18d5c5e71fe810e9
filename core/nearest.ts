/**
 * The candidates that a person most likely meant by `name`, best first: those at most a third of its length (at least
 * two edits) away, letter case and separators aside.
 * @param most how many at most; default 3.
 */
export function nearest(name: string, candidates: readonly string[], most = 3): string[] {
  const wanted = plain(name);
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .filter(({ candidate, distance }) => distance <= limit && distance < plain(candidate).length)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Levenshtein distance: the fewest insertions, deletions and replacements of characters that make `b` out of `a`. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_.-]/g, '');
}
