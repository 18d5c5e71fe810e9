import { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** Properties of an approval by a person. */
export interface ManualApprovalProps {
  /** How long a release waits for a decision before it ends as REJECTED. @default 7 days */
  readonly timeout?: Duration;
  /** Topic that hears of each release that waits. @default - only the registry's event `Approval Requested` */
  readonly topic?: ITopic;
  /**
   * Whether the approval has to come from somebody who neither started or resumed the run of the version, nor made the
   * version otherwise, nor asked for the release. All who use one IAM role count as one person, except users of IAM
   * Identity Center. Who was involved may still reject.
   * @default true
   */
  readonly fourEyes?: boolean;
  /** After how long the release is brought before others, once; looked at every ten minutes. @default - never */
  readonly escalateAfter?: Duration;
  /** Topic that hears of releases on which nobody decided in time. @default - `topic` */
  readonly escalationTopic?: ITopic;
}

/** Who says yes to a release that has passed its policies. */
export class Approval {
  /** The pipeline itself approves what passed every policy, and is recorded as the one who did. Meant for development. */
  public static auto(): Approval {
    return new Approval('auto', {});
  }

  /**
   * A person approves through the registry (`mlops models approve`), bound to the digest of the release manifest.
   * @throws Error where the timeout is shorter than a minute or longer than 300 days, or escalation comes after it.
   */
  public static manual(props: ManualApprovalProps = {}): Approval {
    const timeout = props.timeout ?? Duration.days(7);
    const problems = [...timeoutProblems(timeout), ...escalationProblems(props, timeout)];
    if (problems.length > 0) throw new Error(problems.join('\n'));
    return new Approval('manual', { fourEyes: true, ...props, timeout });
  }

  /** How long to wait for a person; absent for `auto`. */
  public readonly timeout?: Duration;
  /** Topic that hears of each release that waits. */
  public readonly topic?: ITopic;
  /** Whether somebody else than who was involved has to approve. */
  public readonly fourEyes: boolean;
  /** After how long others hear of it. */
  public readonly escalateAfter?: Duration;
  /** Topic that hears of releases on which nobody decided in time. */
  public readonly escalationTopic?: ITopic;

  private constructor(
    /** `auto` or `manual`. */
    public readonly mode: string,
    props: ManualApprovalProps,
  ) {
    this.timeout = props.timeout;
    this.topic = props.topic;
    this.fourEyes = props.fourEyes ?? false;
    this.escalateAfter = props.escalateAfter;
    this.escalationTopic = props.escalationTopic ?? props.topic;
  }
}

function timeoutProblems(timeout: Duration): string[] {
  if (timeout.isUnresolved()) return [];
  const fits = timeout.toSeconds() >= 60 && timeout.toSeconds() <= Duration.days(300).toSeconds();
  if (fits) return [];
  return [
    `The approval's timeout is ${timeout.toHumanString()}: use 1 minute to 300 days. An execution can't wait longer.`,
  ];
}

function escalationProblems({ escalateAfter, escalationTopic }: ManualApprovalProps, timeout: Duration): string[] {
  if (!escalateAfter) return escalationTopic ? ['An escalationTopic hears of nothing without escalateAfter.'] : [];
  if (escalateAfter.isUnresolved() || timeout.isUnresolved()) return [];
  if (escalateAfter.toSeconds() >= 60 && escalateAfter.toSeconds() < timeout.toSeconds()) return [];
  return [
    `escalateAfter is ${escalateAfter.toHumanString()}: use 1 minute or more, and less than the timeout of ` +
      `${timeout.toHumanString()}, after which there is nothing left to decide.`,
  ];
}
