import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** A shape of the published model, as far as validation reads it. */
export interface Shape {
  readonly type: string;
  readonly members?: Record<string, { shape: string; location?: string; locationName?: string }>;
  readonly required?: string[];
  readonly member?: { shape: string };
  readonly key?: { shape: string };
  readonly value?: { shape: string };
  readonly enum?: string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly union?: boolean;
}

interface Operation {
  readonly input?: { shape: string };
  readonly output?: { shape: string };
  readonly errors?: { shape: string }[];
}

interface RawModel {
  operations: Record<string, Operation>;
  shapes: Record<string, Shape>;
}

/** AWS's published description of one service: its operations and the shapes that they take and give. */
export class ServiceModel {
  private readonly patterns = new Map<string, RegExp | undefined>();

  constructor(private readonly raw: RawModel) {}

  static async load(serviceModelDir: string, service: string, version: string): Promise<ServiceModel> {
    const path = join(serviceModelDir, service, version, 'service-2.json.gz');
    const bytes = await readFile(path).catch((cause) => {
      throw new Error(`The service model ${path} cannot be read: give the botocore/data folder as serviceModelDir.`, {
        cause,
      });
    });
    return new ServiceModel(JSON.parse((await promisify(gunzip)(bytes)).toString('utf8')) as RawModel);
  }

  has(operation: string): boolean {
    return operation in this.raw.operations;
  }

  inputShape(operation: string): string | undefined {
    return this.raw.operations[operation]?.input?.shape;
  }

  outputShape(operation: string): string | undefined {
    return this.raw.operations[operation]?.output?.shape;
  }

  /** The codes of the errors that an operation declares. */
  errorsOf(operation: string): string[] {
    return (this.raw.operations[operation]?.errors ?? []).map(({ shape }) => shape);
  }

  shape(name: string): Shape {
    const shape = this.raw.shapes[name];
    if (!shape) throw new Error(`The service model has no shape ${name}.`);
    return shape;
  }

  /** The pattern as a whole-value expression; undefined where JavaScript cannot express it. */
  pattern(source: string): RegExp | undefined {
    if (!this.patterns.has(source)) this.patterns.set(source, compile(source));
    return this.patterns.get(source);
  }
}

// The patterns are Java's. Unicode classes need the `u` flag, some lenient escapes need its absence.
function compile(source: string): RegExp | undefined {
  const translated = source
    .replace(/^\\A|\\z$/g, '')
    .replaceAll('\\p{Print}', '\\x20-\\x7E')
    .replaceAll('\\p{Alnum}', 'a-zA-Z0-9');
  for (const flags of translated.includes('\\p{') ? ['u'] : ['u', '']) {
    try {
      return new RegExp(`^(?:${translated})$`, flags);
    } catch {
      // The next flag set may take it.
    }
  }
  return undefined;
}
