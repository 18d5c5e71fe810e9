import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { artifactsOf, evidenceOf, grantGetVersion, grantPut } from '../artifacts/object-grants';
import { HandlerFunction } from '../platform/handler-function';
import type { NetworkConfig } from '../platform/network';

/** Judges the data of a run before anything trains on it. */
export interface IDataValidator {
  /**
   * Receives `ValidateDataInput` and answers `ValidateDataOutput` (lib/data/contract.ts): the objects by version and the
   * schema in, whether they passed, the reason and the report's place out.
   */
  readonly validatorFunction: IFunction;
}

/** Properties of the validator that comes with the library. */
export interface DataValidatorProps {
  /** Where data and evidence lie. */
  readonly store: IArtifactStore;
  /** Longest validation. @default 15 minutes */
  readonly timeout?: Duration;
  /** @default - outside any VPC */
  readonly network?: NetworkConfig;
}

/**
 * Validates data by its schema: form of the files, header, label, missing values, numbers. The report, which names file,
 * line and field of what is wrong, is kept as evidence.
 */
export class DataValidator extends Construct implements IDataValidator {
  /** The validator that comes with the library. */
  public static standard(scope: Construct, id: string, props: DataValidatorProps): DataValidator {
    return new DataValidator(scope, id, props);
  }

  /** A function of yours, which must be allowed to read the data and to write its report. */
  public static fromFunction(validatorFunction: IFunction): IDataValidator {
    return { validatorFunction };
  }

  public readonly validatorFunction: IFunction;

  constructor(scope: Construct, id: string, props: DataValidatorProps) {
    super(scope, id);
    const { store } = props;
    const fn = new HandlerFunction(this, 'Validate', {
      handler: 'data-validate-data',
      description: 'Validates the data of a run by its schema',
      timeout: props.timeout ?? Duration.minutes(15),
      memorySize: 1769,
      environment: store.environment,
      network: props.network,
      encryptionKey: store.encryptionKey,
    });
    grantGetVersion(fn, artifactsOf(store, ArtifactPrefix.DATA));
    grantPut(fn, evidenceOf(store, 'runs'));
    this.validatorFunction = fn;
  }
}
