/** The lineage as the registry's API answers it. Types only. */

export type LineageKind =
  | 'dataset'
  | 'source'
  | 'image'
  | 'run'
  | 'version'
  | 'release'
  | 'deployment'
  | 'mlflow-run'
  | 'mlflow-version';

/** A thing of the registry in the lineage. */
export interface LineageNode {
  /**
   * `dataset:<d>:<n>`, `source:<sha256>`, `image:<uri>`, `run:<id>`, `version:<m>:<n>`, `release:<id>`,
   * `deployment:<release>`; of MLflow's `mlflow-run:<id>` and `mlflow-version:<name>:<n>`.
   */
  readonly id: string;
  readonly kind: LineageKind;
  /** What people call it. */
  readonly label: string;
  readonly status?: string;
  /** When it came about, ISO 8601. */
  readonly time?: string;
  /** When it ended, where it is something that ends. */
  readonly endedAt?: string;
  readonly model?: string;
  /** Where its bytes lie. */
  readonly uri?: string;
  /** Hexadecimal SHA-256 of its content. */
  readonly digest?: string;
  /** Its neighbours are not all in the graph: ask for it, deeper or with a higher limit. */
  readonly more?: boolean;
}

export interface LineageEdge {
  readonly from: string;
  readonly to: string;
}

/** What a thing came from, and all that came of it, as far as was asked. */
export interface LineageGraph {
  /** Id of the node that was asked for. */
  readonly root: string;
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  /** Whether depth or limit ended the walk before the lineage did. */
  readonly truncated: boolean;
}
