import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slug } from '../../../core/ids';
import { usageError } from '../errors';
import { VERSION } from '../version';

export interface InitOptions {
  readonly folder: string;
  /** Folder that holds the packed packages (`npm pack`), instead of the registry's versions. */
  readonly from?: string;
}

export interface Project {
  readonly name: string;
  readonly folder: string;
  /** Files written, by path below the folder. */
  readonly files: readonly string[];
}

/** What npm and git leave in a folder in which the command was installed; a project may begin around it. */
const TOLERATED = new Set(['.git', '.npmrc', 'node_modules', 'package.json', 'package-lock.json']);
const OWN_PACKAGES = ['cdk-mlops', 'cdk-mlops-cli', 'cdk-mlops-sandbox'] as const;
const TEMPLATES = join(dirname(fileURLToPath(import.meta.url)), '..', 'templates');

/** Writes a project of one's own: a CDK app with a platform and one model, and its source to begin with. */
export async function initProject(options: InitOptions): Promise<Project> {
  const folder = resolve(options.folder);
  await refuseOthersFiles(folder);
  const own = await ownDependencies(options.from, folder);
  await mkdir(folder, { recursive: true });
  await cp(await templatesFolder(), folder, { recursive: true });
  // npm leaves a .gitignore out of packages.
  await rename(join(folder, 'gitignore'), join(folder, '.gitignore'));
  const name = slug(basename(folder));
  await writePackageJson(folder, name, own);
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files
    .filter((file) => file.isFile())
    .map((file) => relative(folder, join(file.parentPath, file.name)))
    .filter((path) => !/^(node_modules|\.git)\//.test(path) && path !== 'package-lock.json' && path !== '.npmrc');
  return { name, folder, files: paths.sort() };
}

/** Beside the bundle in the package, one folder further up in the sources. */
async function templatesFolder(): Promise<string> {
  const found = await readdir(TEMPLATES).catch(() => undefined);
  return found ? TEMPLATES : join(TEMPLATES, '..', '..', 'templates');
}

async function refuseOthersFiles(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const others = found.filter((name) => !TOLERATED.has(name)).sort();
  if (others.length === 0) return;
  const shown = others.slice(0, 10).join(', ') + (others.length > 10 ? `, and ${others.length - 10} more` : '');
  throw usageError(
    `${folder} is not empty: it holds ${shown}.`,
    'Nothing was written. Give a new folder: mlops init <dir>',
  );
}

async function ownDependencies(from: string | undefined, folder: string): Promise<Record<string, string>> {
  if (from === undefined) return Object.fromEntries(OWN_PACKAGES.map((name) => [name, `^${VERSION}`]));
  const source = resolve(from);
  const files = await readdir(source);
  const entries = OWN_PACKAGES.map((name) => {
    const file = files.find((each) => each === `${name}-${VERSION}.tgz`);
    if (!file)
      throw usageError(
        `${source} holds no ${name}-${VERSION}.tgz.`,
        'Make the packages with: npm pack --workspaces --include-workspace-root',
      );
    return [name, `file:${relative(folder, join(source, file))}`];
  });
  return Object.fromEntries(entries);
}

interface PackageJson {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly [key: string]: unknown;
}

/** Adds to the package.json that installing the command has made; what stands there is kept. */
async function writePackageJson(folder: string, name: string, own: Record<string, string>): Promise<void> {
  const path = join(folder, 'package.json');
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const before = JSON.parse(text) as PackageJson;
  const { dependencies, devDependencies, ...rest } = before;
  const written = {
    name,
    version: '0.1.0',
    private: true,
    scripts: {
      sandbox: 'mlops sandbox start',
      deploy: 'mlops deploy',
      train: 'mlops train my-model',
      stop: 'mlops sandbox stop',
    },
    ...rest,
    dependencies: { 'aws-cdk-lib': '^2.275.0', constructs: '^10.8.1', ...own, ...dependencies },
    devDependencies: {
      '@types/node': '^22.0.0',
      'aws-cdk': '^2.1148.1',
      tsx: '^4.23.0',
      typescript: '^5.9.0',
      ...devDependencies,
    },
  };
  await writeFile(path, `${JSON.stringify(written, null, 2)}\n`);
}
