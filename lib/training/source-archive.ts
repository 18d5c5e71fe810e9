import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

/** What never belongs to a source: caches, environments and version control, by the name of file or folder. */
const EXCLUDED = new Set([
  '__pycache__',
  '.DS_Store',
  '.venv',
  '.git',
  '.ipynb_checkpoints',
  '.pytest_cache',
  'cdk.out',
]);

const BLOCK = 512;

/** A packed source: its bytes on disk, and the SHA-256 over them. */
export interface PackedSource {
  /** Path of the `.tar.gz` on this machine. */
  readonly path: string;
  /** Hexadecimal SHA-256 of the archive's bytes. */
  readonly sha256: string;
}

/** Files below a folder as sorted paths with `/`; what a source never holds is left out. */
export function listSource(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true })
    .filter((entry) => !EXCLUDED.has(entry.name) && !entry.name.endsWith('.pyc'))
    .flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      return statSync(join(folder, path)).isDirectory() ? listSource(folder, path) : [path];
    })
    .sort();
}

/**
 * A folder as tar.gz that depends on names and contents alone: sorted, without times, owners and folders, so that an
 * unchanged source never deploys anew. Written by hand, as the library may import nothing but the CDK and Node.
 * @throws Error for a path that a ustar header can't hold.
 */
export function archiveFolder(folder: string): Buffer {
  const parts = listSource(folder).flatMap((path) => {
    const content = readFileSync(join(folder, path));
    return [header(path, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  const archive = gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 9 });
  // The tenth byte names the operating system that packed it.
  archive[9] = 255;
  return archive;
}

/**
 * Packs a source folder for a file asset, and checks that its entry points are there.
 * @throws Error naming the folder or the entry that is missing.
 */
export function packSource(folder: string, entries: readonly string[]): PackedSource {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Error(`The source '${folder}' is not a folder. Give the folder that holds the training script.`);
  }
  for (const entry of entries) {
    if (!existsSync(join(folder, entry))) {
      throw new Error(`The source '${folder}' has no file '${entry}'. Files found: ${listSource(folder).join(', ')}.`);
    }
  }
  const bytes = archiveFolder(folder);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const out = mkdtempSync(join(tmpdir(), 'cdk-mlops-source-'));
  const path = join(out, 'sourcedir.tar.gz');
  writeFileSync(path, bytes);
  return { path, sha256 };
}

/** A script's path inside the source; it may be given so, or as a path on this machine. */
export function pathInSource(folder: string, path: string): string {
  if (existsSync(join(folder, path))) return path.split(sep).join('/');
  const inside = relative(resolve(folder), resolve(path));
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside.split(sep).join('/');
}

/** One ustar header (POSIX.1-1988): names up to 100 bytes, or split at a `/` into a prefix of up to 155. */
function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = splitPath(path);
  block.write(name, 0, 100, 'utf8');
  block.write('0000644\0', 100, 'ascii');
  block.write('0000000\0', 108, 'ascii');
  block.write('0000000\0', 116, 'ascii');
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'ascii');
  block.write('00000000000\0', 136, 'ascii');
  block.write(' '.repeat(8), 148, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\x0000', 257, 'ascii');
  block.write(prefix, 345, 155, 'utf8');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}

function splitPath(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let cut = path.indexOf('/'); cut !== -1; cut = path.indexOf('/', cut + 1)) {
    const [prefix, name] = [path.slice(0, cut), path.slice(cut + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return [prefix, name];
  }
  throw new Error(`The path '${path}' in the source is too long for an archive: shorten its folders or its name.`);
}
