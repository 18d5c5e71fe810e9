import { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** Properties of an approval by a person. */
export interface ManualApprovalProps {
  /** How long a release waits for a decision before it ends as REJECTED. @default 7 days */
  readonly timeout?: Duration;
  /** Topic that hears of each release that waits. @default - only the registry's event `Approval Requested` */
  readonly topic?: ITopic;
}

/** Who says yes to a release that has passed its policies. */
export class Approval {
  /** The pipeline itself approves what passed every policy, and is recorded as the one who did. Meant for development. */
  public static auto(): Approval {
    return new Approval('auto');
  }

  /**
   * A person approves through the registry (`mlops models approve`), bound to the digest of the release manifest.
   * @throws Error where the timeout is shorter than a minute or longer than 300 days.
   */
  public static manual(props: ManualApprovalProps = {}): Approval {
    const timeout = props.timeout ?? Duration.days(7);
    if (!timeout.isUnresolved() && (timeout.toSeconds() < 60 || timeout.toSeconds() > Duration.days(300).toSeconds())) {
      throw new Error(
        `The approval's timeout is ${timeout.toHumanString()}: use 1 minute to 300 days. An execution can't wait longer.`,
      );
    }
    return new Approval('manual', timeout, props.topic);
  }

  private constructor(
    /** `auto` or `manual`. */
    public readonly mode: string,
    /** How long to wait for a person; absent for `auto`. */
    public readonly timeout?: Duration,
    /** Topic that hears of each release that waits. */
    public readonly topic?: ITopic,
  ) {}
}
