import { join } from 'node:path';
import { ModelImage, type ModelLifecycleProps, Policy, ProblemType, Processing, RiskTier, Trainer } from 'cdk-mlops';

const image = ModelImage.scikitLearn();

/** The model of credit risk: all but the platform that it lives on. */
export const credit: Omit<ModelLifecycleProps, 'platform'> = {
  owner: 'lending',
  purpose: 'Tells from an application how likely it is that a credit is repaid.',
  riskTier: RiskTier.HIGH,
  card: {
    intendedUses: 'Orders applications for officers who decide. It must not refuse anybody by itself.',
    limitations: 'Learnt from 1,000 credits of one German bank around 1990, which the bank had granted.',
    riskExplanation: 'It affects who gets credit (EU AI Act, Annex III, point 5(b)).',
    ethicalConsiderations: 'May disadvantage the young and women; both are measured, and bounded by policies.',
    recommendations: 'Overrule it where the file says more than the numbers, and write down why.',
  },
  schema: { label: 'repaid', id: 'application', problem: ProblemType.BINARY, facets: ['sex', 'age'] },
  preprocessing: Processing.script('prepare.py', { image }),
  trainer: Trainer.sageMaker({ source: join(__dirname, 'src'), image }),
  policies: [
    Policy.metric('roc_auc', { min: 0.74 }),
    // People up to 25 and women are promised a credit about as often as all others.
    Policy.fairness({ facet: 'age>25', metric: 'DPPL', max: 0.1 }),
    Policy.fairness({ facet: 'sex', metric: 'DPPL', max: 0.1 }),
    Policy.explanation({ maxShare: 0.4, maxProtectedShare: 0.02 }),
    Policy.modelCard(),
    Policy.lineageComplete(),
    Policy.dataValidated(),
  ],
  maxCostUsd: 1,
  // The example asks for its runs itself; by default each new dataset version would start one.
  trainOnNewData: false,
};
