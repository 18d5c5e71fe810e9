import { PREFIX } from './contract';

/** A part of the artefact bucket that is granted on its own. Its value ends in `/`. */
export class ArtifactPrefix {
  /** Files of dataset versions and uploads. Written once: never overwritten. */
  public static readonly DATA = new ArtifactPrefix(PREFIX.data);
  /** Source archives by content. Written once: never overwritten. */
  public static readonly CODE = new ArtifactPrefix(PREFIX.code);
  /** Models that were trained elsewhere, as people upload them. */
  public static readonly IMPORTS = new ArtifactPrefix(PREFIX.imports);
  /** Keys by which columns of personal data are hashed, one a model. Written once: never overwritten. */
  public static readonly KEYS = new ArtifactPrefix(PREFIX.keys);
  /** What the jobs of runs write. */
  public static readonly RUNS = new ArtifactPrefix(PREFIX.runs);
  /** Captured requests and answers of endpoints. */
  public static readonly CAPTURES = new ArtifactPrefix(PREFIX.captures);
  /** Derived reports. */
  public static readonly REPORTS = new ArtifactPrefix(PREFIX.reports);
  /** Sealed model archives by content: never overwritten, never deleted. */
  public static readonly MODELS = new ArtifactPrefix(PREFIX.models);
  /** What MLflow's clients log, and records of theirs that are too long for the registry's table. */
  public static readonly MLFLOW = new ArtifactPrefix(PREFIX.mlflow);

  /** The key prefix, such as `runs/`. */
  public readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  /**
   * A folder below this prefix, for a narrower grant.
   * @param path path of the folder, such as `my-model-*`; IAM wildcards count as such in grants
   */
  public child(path: string): ArtifactPrefix {
    const parts = path.split('/').filter((part) => part !== '');
    if (parts.length === 0 || parts.some((part) => part === '.' || part === '..')) {
      throw new Error(`A folder below '${this.value}' needs a path such as 'my-model', received '${path}'.`);
    }
    return new ArtifactPrefix(`${this.value}${parts.join('/')}/`);
  }

  /** The key prefix. */
  public toString(): string {
    return this.value;
  }
}
