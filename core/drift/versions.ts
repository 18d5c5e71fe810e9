/** A file of a dataset version. */
interface VersionFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** Which files of two dataset versions are the same by name and content. */
export interface FileChanges {
  readonly same: readonly string[];
  readonly changed: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export function compareFiles(before: readonly VersionFile[], after: readonly VersionFile[]): FileChanges {
  const digests = (files: readonly VersionFile[]) => new Map(files.map(({ name, sha256 }) => [name, sha256]));
  const [old, now] = [digests(before), digests(after)];
  const kept = [...old.keys()].filter((name) => now.has(name)).sort();
  return {
    same: kept.filter((name) => old.get(name) === now.get(name)),
    changed: kept.filter((name) => old.get(name) !== now.get(name)),
    added: [...now.keys()].filter((name) => !old.has(name)).sort(),
    removed: [...old.keys()].filter((name) => !now.has(name)).sort(),
  };
}
