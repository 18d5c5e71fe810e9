import type { Pack } from '../pack';
import { DOCUMENTS_AND_RECORDS } from './documents-and-records';
import { OVERSIGHT_AND_MONITORING } from './oversight-and-monitoring';
import { RISK_AND_DATA } from './risk-and-data';

/** The requirements for high-risk AI systems. */
export const EU_AI_ACT: Pack = {
  id: 'eu-ai-act',
  title: 'EU AI Act: requirements for high-risk AI systems',
  source: 'https://eur-lex.europa.eu/eli/reg/2024/1689/oj',
  edition:
    'Regulation (EU) 2024/1689 of 13 June 2024, Articles 9 to 15 and 72, each paragraph in our own words. Left out, since ' +
    'they ask nothing of a provider: Articles 11(3) and 15(2), which are addressed to the Commission. This pack is a map to ' +
    'evidence and no legal advice; whether a system is high-risk, and what else the Act asks, is for its provider to judge.',
  sections: [...RISK_AND_DATA, ...DOCUMENTS_AND_RECORDS, ...OVERSIGHT_AND_MONITORING],
};
