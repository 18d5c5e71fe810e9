import { posix } from 'node:path';

/** What an archive may hold at most; more is taken for an attack on whoever unpacks it. */
export const ARCHIVE_LIMITS = {
  /** Entries of any kind. */
  entries: 20_000,
  /** Bytes when unpacked. */
  bytes: 50 * 1024 ** 3,
} as const;

export interface TarEntry {
  /** As the archive says it. */
  readonly name: string;
  /** The type flag: `0` a file, `5` a folder, `1` and `2` links. */
  readonly type: string;
  readonly link: string;
  readonly size: number;
}

const quoted = (text: string): string => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);

/** Judges entries one by one by what unpacking them would do outside the folder for which they are meant. */
export class TarRules {
  private entries = 0;
  private bytes = 0;
  /** Paths at which links lie, and folders that hold entries: nothing may be both. */
  private readonly links = new Set<string>();
  private readonly folders = new Set<string>();

  /** Why the entry may not be unpacked; undefined where it may. */
  judge({ name, type, link, size }: TarEntry): string | undefined {
    this.entries += 1;
    this.bytes += size;
    if (this.entries > ARCHIVE_LIMITS.entries) return `it has more than ${ARCHIVE_LIMITS.entries} entries`;
    if (this.bytes > ARCHIVE_LIMITS.bytes) {
      return `it unpacks to more than ${ARCHIVE_LIMITS.bytes / 1024 ** 3} GB`;
    }
    const unsafe = pathProblem(name);
    if (unsafe) return `its entry ${quoted(name)} ${unsafe}`;
    if (!['0', '\0', '1', '2', '5', '7'].includes(type)) {
      return `its entry ${quoted(name)} is a device, a pipe or another thing that is no file, folder or link`;
    }
    return this.place(name, type, link);
  }

  private place(name: string, type: string, link: string): string | undefined {
    const path = posix.normalize(name).replace(/\/$/, '');
    const parts = path.split('/').slice(0, -1);
    const parents = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    if (parents.some((parent) => this.links.has(parent))) return `its entry ${quoted(name)} lies behind a link`;
    for (const parent of parents) this.folders.add(parent);
    if (type !== '1' && type !== '2') return undefined;
    if (type === '2' && this.folders.has(path)) return `its link ${quoted(name)} takes the place of a folder`;
    if (type === '2') this.links.add(path);
    const out = linkProblem(link, type === '2' ? parents.length : 0);
    return out && `its link ${quoted(name)} to ${quoted(link)} ${out}`;
  }
}

function pathProblem(name: string): string | undefined {
  if (name === '') return 'has no name';
  if (/\p{Cc}/u.test(name)) return 'holds control characters';
  if (name.includes('\\')) return 'holds a backslash';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is an absolute path';
  return name.split('/').includes('..') ? "leads out of the archive by '..'" : undefined;
}

/** A link may climb only at its beginning and no higher than the archive's root: then no other link can lead it out. */
function linkProblem(link: string, depth: number): string | undefined {
  const parts = link.split('/').filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  const up = climbs === -1 ? parts.length : climbs;
  if (link.startsWith('/') || link.includes('\\') || link === '') return 'leads out of the archive';
  return up > depth || parts.slice(up).includes('..') ? 'leads out of the archive' : undefined;
}
