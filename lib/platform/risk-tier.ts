/** How much harm a wrong answer of the model can do; recorded with the model and shown to whoever approves. */
export enum RiskTier {
  /** Convenience: a wrong answer costs little. */
  LOW = 'LOW',
  /** Money or time of people is at stake. */
  MEDIUM = 'MEDIUM',
  /** Health, credit, work, liberty: a wrong answer harms somebody. */
  HIGH = 'HIGH',
}
