import type { ModelCardContent } from './content';

/** A part of a card that has to be there, how to get at it, and the question that it answers. */
interface Part {
  readonly name: string;
  readonly of: (card: ModelCardContent) => unknown;
  readonly asks: string;
  /** Where people write it; absent for what the pipeline fills in. */
  readonly property?: string;
}

const PARTS: readonly Part[] = [
  {
    name: 'purpose',
    of: (card) => card.intended_uses.purpose_of_model,
    asks: 'What is the model for?',
    property: 'purpose',
  },
  {
    name: 'intended uses',
    of: (card) => card.intended_uses.intended_uses,
    asks: 'Who uses it for which decisions, and for what must it not be used?',
    property: 'card.intendedUses',
  },
  {
    name: 'limitations',
    of: (card) => card.intended_uses.factors_affecting_model_efficiency,
    asks: 'Under which circumstances does it do worse?',
    property: 'card.limitations',
  },
  {
    name: 'explanation of the risk rating',
    of: (card) => card.intended_uses.explanations_for_risk_rating,
    asks: 'Why is its risk rated so?',
    property: 'card.riskExplanation',
  },
  {
    name: 'ethical considerations',
    of: (card) => card.additional_information.ethical_considerations,
    asks: 'Whom may it harm, and what was done about it?',
    property: 'card.ethicalConsiderations',
  },
  {
    name: 'recommendations to users',
    of: (card) => card.additional_information.caveats_and_recommendations,
    asks: 'What do its users have to know, and when do they overrule it?',
    property: 'card.recommendations',
  },
  { name: 'owner', of: (card) => card.model_overview.model_owner, asks: 'Who answers for it?', property: 'owner' },
  {
    name: 'training data',
    of: (card) => card.training_details.training_job_details?.training_datasets?.length,
    asks: 'On which dataset version was it trained?',
  },
  {
    name: 'evaluation',
    of: (card) => card.evaluation_details[0]?.metric_groups[0]?.metric_data.length,
    asks: 'How well does it do on rows that it never saw?',
  },
];

export interface MissingPart {
  readonly name: string;
  readonly asks: string;
  /** Property of ModelLifecycle under which people write it; absent for what the pipeline should have filled in. */
  readonly property?: string;
}

/** The parts that a card lacks, in the order in which people read one; none for a complete card. */
export const missingParts = (card: ModelCardContent): MissingPart[] =>
  PARTS.filter(({ of }) => !of(card)).map(({ of: _, ...part }) => part);
