import type { Pack } from '../pack';

/** Articles 9 and 10. */
export const RISK_AND_DATA: Pack['sections'] = [
  {
    title: 'Article 9: Risk management system',
    clauses: [
      {
        id: 'Art. 9(1)',
        asks: 'A risk management system is set up, put into practice, documented and kept up.',
        proofs: ['owner-and-risk', 'all-policies-passed', 'events-recorded'],
        organisation: 'The process around it: who reviews risks, how often, and who decides on them.',
      },
      {
        id: 'Art. 9(2)(a)',
        asks: 'Known and foreseeable risks to health, safety and fundamental rights in its intended use are identified.',
        proofs: ['intended-purpose', 'risks-described'],
      },
      {
        id: 'Art. 9(2)(b)',
        asks: 'Risks in intended use, and in misuse that can be foreseen, are estimated and evaluated.',
        proofs: ['risks-described', 'limitations-described', 'tested-on-held-out-rows'],
      },
      {
        id: 'Art. 9(2)(c)',
        asks: 'Other risks are evaluated by what post-market monitoring (Article 72) gathers.',
        proofs: ['monitored'],
        organisation: 'The review of what the monitors found, and what followed from it.',
      },
      {
        id: 'Art. 9(2)(d)',
        asks: 'Measures that fit the risks found are taken.',
        proofs: ['all-policies-passed'],
        organisation: 'Why these policies answer the risks that were found.',
      },
      {
        id: 'Art. 9(3)',
        asks: 'The risks meant are those that development, design or technical information can lessen or remove.',
        proofs: ['risks-described'],
      },
      {
        id: 'Art. 9(4)',
        asks: 'Measures take into account how requirements act on each other, and balance them.',
        proofs: [],
        organisation: 'The reasoning by which the policies and their thresholds were balanced.',
      },
      {
        id: 'Art. 9(5)',
        asks: 'What risk remains, of each hazard and overall, is judged acceptable.',
        proofs: ['approved-by-a-person', 'exceptions-limited', 'risks-described'],
        organisation: 'Who may accept which remaining risk, and by which criteria.',
      },
      {
        id: 'Art. 9(5)(a)',
        asks: 'Risks are removed or lessened by design and development, as far as technically feasible.',
        proofs: ['fairness-judged', 'thresholds-met'],
      },
      {
        id: 'Art. 9(5)(b)',
        asks: 'Risks that can not be removed are mitigated and controlled.',
        proofs: ['can-be-taken-back', 'smoke-tested', 'monitored'],
      },
      {
        id: 'Art. 9(5)(c)',
        asks: 'Deployers get the information of Article 13 and, where fitting, training.',
        proofs: ['instructions-for-use'],
        organisation: 'Training of those who use it.',
      },
      {
        id: 'Art. 9(6)',
        asks: 'It is tested to find the fitting measures, and to see that it does its purpose consistently.',
        proofs: ['tested-on-held-out-rows', 'thresholds-met'],
      },
      {
        id: 'Art. 9(7)',
        asks: 'Tests may include real-world conditions, under Article 60.',
        proofs: [],
        organisation: 'The plan and the consents of a test in real-world conditions.',
        appliesIf: 'it is tested in real-world conditions',
      },
      {
        id: 'Art. 9(8)',
        asks: 'Tests happen throughout development and before use, against metrics and thresholds set beforehand.',
        proofs: ['thresholds-met', 'all-policies-passed'],
      },
      {
        id: 'Art. 9(9)',
        asks: 'It is considered whether it is likely to harm persons under 18 or other vulnerable groups.',
        proofs: ['fairness-judged', 'risks-described'],
        organisation: 'Whether such persons are among those it decides on.',
      },
      {
        id: 'Art. 9(10)',
        asks: 'Where other Union law asks for risk management as well, the two may be one.',
        proofs: [],
        organisation: 'How it fits into the risk management that other law asks for.',
        appliesIf: 'other Union law asks for internal risk management',
      },
    ],
  },
  {
    title: 'Article 10: Data and data governance',
    clauses: [
      {
        id: 'Art. 10(1)',
        asks: 'It is developed on training, validation and test sets that meet the criteria of this article.',
        proofs: ['data-versioned', 'data-validated', 'tested-on-held-out-rows'],
      },
      {
        id: 'Art. 10(2)(a)',
        asks: 'Design choices on the data are made deliberately.',
        proofs: ['preparation-recorded'],
        organisation: 'Why these data, this label and these features.',
      },
      {
        id: 'Art. 10(2)(b)',
        asks: 'How data was collected, where it comes from and, for personal data, for what it was collected at first.',
        proofs: ['data-origin'],
        organisation: 'The original purpose of collection, and the legal basis.',
      },
      {
        id: 'Art. 10(2)(c)',
        asks: 'Preparation (annotation, labelling, cleaning, updating, enrichment, aggregation) is governed.',
        proofs: ['preparation-recorded', 'reproducible', 'personal-data-scanned'],
      },
      {
        id: 'Art. 10(2)(d)',
        asks: 'Assumptions on what the data measures and stands for are stated.',
        proofs: ['limitations-described'],
      },
      {
        id: 'Art. 10(2)(e)',
        asks: 'Availability, amount and fitness of the data needed are assessed.',
        proofs: ['data-validated'],
        organisation: 'Whether the data is enough for the purpose.',
      },
      {
        id: 'Art. 10(2)(f)',
        asks: 'The data is examined for biases that may harm or discriminate.',
        proofs: ['fairness-judged'],
      },
      {
        id: 'Art. 10(2)(g)',
        asks: 'Biases found are prevented, lessened or countered.',
        proofs: ['fairness-judged', 'preparation-recorded'],
      },
      {
        id: 'Art. 10(2)(h)',
        asks: 'Gaps and shortcomings of the data, and how they are met, are identified.',
        proofs: ['limitations-described', 'data-validated'],
      },
      {
        id: 'Art. 10(3)',
        asks: 'Sets are relevant, representative enough, as free of errors as can be and complete, with fitting statistics.',
        proofs: ['data-validated', 'slices-judged'],
        organisation: 'Whether they represent the persons on whom it is used.',
      },
      {
        id: 'Art. 10(4)',
        asks: 'Sets account for the place, context, behaviour and function in which it is to be used.',
        proofs: ['intended-purpose'],
        organisation: 'How the data matches the setting of its use.',
      },
      {
        id: 'Art. 10(5)',
        asks: 'Special categories of personal data are used to detect and correct bias only, under six safeguards.',
        proofs: ['personal-data-scanned', 'fairness-judged'],
        organisation: 'Why other data would not do, the safeguards, and when the data is deleted.',
        appliesIf: 'special categories of personal data are processed',
      },
      {
        id: 'Art. 10(6)',
        asks: 'Systems that are not trained meet paragraphs 2 to 5 for their test sets.',
        proofs: ['tested-on-held-out-rows'],
        appliesIf: 'the system is not trained on data',
      },
    ],
  },
];
