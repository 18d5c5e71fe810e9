import { missingParts } from '../model-card';
import type { GovernanceEvidence } from './evidence';
import type { Judgement } from './policies';

/** Whether the model card has every part; what only people know is asked for by its question. */
export function judgeModelCard({ card }: GovernanceEvidence): Judgement {
  const threshold = 'complete';
  if (!card) {
    const sentence = 'There is no model card: the registry has no record of the model.';
    return { passed: false, value: 'missing', threshold, sentence };
  }
  const missing = missingParts(card.content);
  const base = { threshold, evidenceUri: card.uri };
  if (missing.length === 0)
    return { ...base, passed: true, value: 'complete', sentence: 'The model card is complete.' };
  const asked = missing.map(({ name, asks }) => `${name} (${asks})`).join('; ');
  const value = `${missing.length} parts missing`;
  return { ...base, passed: false, value, sentence: `The model card lacks: ${asked}.` };
}
