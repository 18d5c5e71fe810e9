/**
 * What only people know of a model: the parts of its model card that no pipeline can fill in. Each is one or a few
 * sentences, up to 2,048 characters.
 */
export interface ModelCardText {
  /** For which decisions, on whom, by whom; and for what it must not be used. @default - asked for */
  readonly intendedUses?: string;
  /** Circumstances under which it does worse. @default - asked for */
  readonly limitations?: string;
  /** Why its risk is rated so. @default - asked for */
  readonly riskExplanation?: string;
  /** Whom it may harm, and what was done about it. @default - asked for */
  readonly ethicalConsiderations?: string;
  /** What its users have to know and do, and when to overrule it. @default - asked for */
  readonly recommendations?: string;
  /** The problem that it solves. @default - none */
  readonly businessProblem?: string;
  /** Who has an interest in it. @default - none */
  readonly stakeholders?: string;
  /** @default - none */
  readonly lineOfBusiness?: string;
}
