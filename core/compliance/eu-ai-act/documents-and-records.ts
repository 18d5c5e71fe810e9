import type { Pack } from '../pack';

/** Articles 11 to 13. */
export const DOCUMENTS_AND_RECORDS: Pack['sections'] = [
  {
    title: 'Article 11: Technical documentation',
    clauses: [
      {
        id: 'Art. 11(1)',
        asks: 'Technical documentation with at least what Annex IV lists is drawn up before use, and kept up to date.',
        proofs: ['technical-documentation', 'reproducible', 'evidence-intact'],
        organisation: 'The parts of Annex IV beyond the model: the system around it, its interfaces, its hardware.',
      },
      {
        id: 'Art. 11(2)',
        asks: 'For products under other harmonisation law, one set of documentation holds what both ask for.',
        proofs: [],
        organisation: 'The documentation of the product.',
        appliesIf: 'it is part of a product under the legislation of Annex I, section A',
      },
    ],
  },
  {
    title: 'Article 12: Record-keeping',
    clauses: [
      {
        id: 'Art. 12(1)',
        asks: 'Events are recorded automatically over its lifetime.',
        proofs: ['events-recorded', 'serving-recorded'],
      },
      {
        id: 'Art. 12(2)(a)',
        asks: 'Records let situations be found in which it may be a risk, or was changed substantially.',
        proofs: ['events-recorded', 'reproducible'],
      },
      {
        id: 'Art. 12(2)(b)',
        asks: 'Records serve post-market monitoring.',
        proofs: ['monitored', 'serving-recorded'],
      },
      {
        id: 'Art. 12(2)(c)',
        asks: 'Records let deployers monitor its operation.',
        proofs: ['serving-recorded', 'monitored'],
      },
      {
        id: 'Art. 12(3)',
        asks: 'Remote biometric identification records each use, the database, the matching input and who verified.',
        proofs: [],
        organisation: 'The log of each use.',
        appliesIf: 'it is a system of Annex III, point 1(a)',
      },
    ],
  },
  {
    title: 'Article 13: Transparency and information to deployers',
    clauses: [
      {
        id: 'Art. 13(1)',
        asks: 'It is transparent enough for deployers to interpret its output and use it fittingly.',
        proofs: ['explanation-present', 'instructions-for-use'],
      },
      {
        id: 'Art. 13(2)',
        asks: 'Instructions for use come with it: concise, complete, correct, clear, accessible.',
        proofs: ['instructions-for-use'],
      },
      {
        id: 'Art. 13(3)(a)',
        asks: 'They name the provider and how to reach it.',
        proofs: ['owner-and-risk'],
        organisation: 'Name and contact details of the provider and its representative.',
      },
      { id: 'Art. 13(3)(b)(i)', asks: 'They state its intended purpose.', proofs: ['intended-purpose'] },
      {
        id: 'Art. 13(3)(b)(ii)',
        asks: 'They state its accuracy with metrics, its robustness and cybersecurity as tested, and what may change them.',
        proofs: ['tested-on-held-out-rows', 'limitations-described', 'signed'],
      },
      {
        id: 'Art. 13(3)(b)(iii)',
        asks: 'They state circumstances of use, or foreseeable misuse, that may lead to risks.',
        proofs: ['limitations-described', 'risks-described'],
      },
      {
        id: 'Art. 13(3)(b)(iv)',
        asks: 'They state, where it can, what helps to explain its output.',
        proofs: ['explanation-present'],
      },
      {
        id: 'Art. 13(3)(b)(v)',
        asks: 'They state how it performs for the persons or groups on whom it is used.',
        proofs: ['slices-judged', 'fairness-judged'],
      },
      {
        id: 'Art. 13(3)(b)(vi)',
        asks: 'They state what its input has to be, and what matters of the data it was built on.',
        proofs: ['data-versioned', 'data-validated'],
      },
      {
        id: 'Art. 13(3)(b)(vii)',
        asks: 'They let deployers interpret its output.',
        proofs: ['instructions-for-use', 'explanation-present'],
      },
      {
        id: 'Art. 13(3)(c)',
        asks: 'They state changes that the provider had planned and assessed beforehand.',
        proofs: ['all-policies-passed'],
        organisation: 'Which changes (such as retraining within these policies) are planned.',
      },
      {
        id: 'Art. 13(3)(d)',
        asks: 'They describe the measures of human oversight.',
        proofs: ['instructions-for-use', 'approved-by-a-person'],
      },
      {
        id: 'Art. 13(3)(e)',
        asks: 'They state the computing resources needed, its expected lifetime, and its maintenance.',
        proofs: ['reproducible'],
        organisation: 'Expected lifetime and care.',
      },
      {
        id: 'Art. 13(3)(f)',
        asks: 'They describe how deployers collect, keep and read its logs.',
        proofs: ['events-recorded'],
      },
    ],
  },
];
