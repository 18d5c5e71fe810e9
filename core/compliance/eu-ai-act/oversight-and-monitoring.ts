import type { Pack } from '../pack';

/** Articles 14, 15 and 72. */
export const OVERSIGHT_AND_MONITORING: Pack['sections'] = [
  {
    title: 'Article 14: Human oversight',
    clauses: [
      {
        id: 'Art. 14(1)',
        asks: 'Natural persons can oversee it effectively while it is in use.',
        proofs: ['approved-by-a-person', 'can-be-taken-back', 'monitored'],
      },
      {
        id: 'Art. 14(2)',
        asks: 'Oversight aims at preventing or lessening risks that remain.',
        proofs: ['risks-described', 'approved-by-a-person'],
      },
      {
        id: 'Art. 14(3)',
        asks: 'Measures fit the risks: built in by the provider, or named for the deployer to take.',
        proofs: ['approved-by-four-eyes', 'instructions-for-use'],
      },
      {
        id: 'Art. 14(4)(a)',
        asks: 'Overseers can understand its abilities and limits, and notice anomalies.',
        proofs: ['limitations-described', 'monitored'],
      },
      {
        id: 'Art. 14(4)(b)',
        asks: 'Overseers stay aware of the pull to trust its output too much.',
        proofs: ['instructions-for-use'],
        organisation: 'Training of overseers on automation bias.',
      },
      {
        id: 'Art. 14(4)(c)',
        asks: 'Overseers can interpret its output correctly.',
        proofs: ['explanation-present', 'instructions-for-use'],
      },
      {
        id: 'Art. 14(4)(d)',
        asks: 'Overseers can decide not to use it, or to disregard, override or reverse its output.',
        proofs: ['instructions-for-use'],
        organisation: 'How a decision is overridden in the process that uses it.',
      },
      {
        id: 'Art. 14(4)(e)',
        asks: 'Overseers can intervene or stop it safely.',
        proofs: ['can-be-taken-back', 'smoke-tested'],
      },
      {
        id: 'Art. 14(5)',
        asks: 'For remote biometric identification, two competent persons verify before anything is done.',
        proofs: ['approved-by-four-eyes'],
        organisation: 'Two persons who verify each identification.',
        appliesIf: 'it is a system of Annex III, point 1(a)',
      },
    ],
  },
  {
    title: 'Article 15: Accuracy, robustness and cybersecurity',
    clauses: [
      {
        id: 'Art. 15(1)',
        asks: 'Accuracy, robustness and cybersecurity are at a fitting level, throughout its life.',
        proofs: ['thresholds-met', 'smoke-tested', 'monitored'],
      },
      {
        id: 'Art. 15(3)',
        asks: 'Levels of accuracy and their metrics are declared in the instructions.',
        proofs: ['tested-on-held-out-rows', 'technical-documentation'],
      },
      {
        id: 'Art. 15(4) errors',
        asks: 'It withstands errors, faults and inconsistencies in itself and around it, with fallbacks where fitting.',
        proofs: ['can-be-taken-back', 'smoke-tested', 'data-validated'],
      },
      {
        id: 'Art. 15(4) feedback',
        asks: 'Systems that go on learning are kept from taking their own biased output for input.',
        proofs: ['fairness-judged', 'monitored'],
        organisation: 'Whether its output finds its way into later training data.',
        appliesIf: 'it is trained again on data that its own output has shaped',
      },
      {
        id: 'Art. 15(5)',
        asks: 'It withstands third parties who try to alter its use, output or performance.',
        proofs: ['signed', 'evidence-intact', 'events-recorded'],
      },
      {
        id: 'Art. 15(5) poisoning',
        asks: 'Attacks on training data and on pre-trained parts are prevented, detected and answered.',
        proofs: ['data-versioned', 'data-origin', 'signed'],
      },
      {
        id: 'Art. 15(5) evasion',
        asks: 'Inputs made to mislead it, attacks on confidentiality, and flaws of the model are answered.',
        proofs: ['monitored'],
        organisation: 'Tests against adversarial input, and limits on who may ask the endpoint how often.',
      },
    ],
  },
  {
    title: 'Article 72: Post-market monitoring',
    clauses: [
      {
        id: 'Art. 72(1)',
        asks: 'A post-market monitoring system, in proportion to the risks, is set up and documented.',
        proofs: ['monitored'],
        organisation: 'The document that describes it.',
      },
      {
        id: 'Art. 72(2)',
        asks: 'Data on its performance over its lifetime is collected, documented and analysed, to show that it complies.',
        proofs: ['monitored', 'serving-recorded', 'events-recorded'],
      },
      {
        id: 'Art. 72(3)',
        asks: 'It rests on a monitoring plan in the form of the Commission’s template, part of the technical documentation.',
        proofs: ['monitored'],
        organisation: 'The plan in the form of the template.',
      },
      {
        id: 'Art. 72(4)',
        asks: 'Where other Union law has such a system already, the two may be one.',
        proofs: [],
        organisation: 'The monitoring that other law asks for.',
        appliesIf: 'it is part of a product under the legislation of Annex I, section A',
      },
    ],
  },
];
