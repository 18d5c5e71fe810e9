import { holdsBack, lapsedWaivers } from '../governance/waivers';
import { missingParts } from '../model-card';
import type { VersionFacts } from './facts';
import { evidenceOf, type Finding, holds, lacks, type Proof, verdictsOf } from './proof';

/** A finding by verdicts: all that were given passed, and at least one was given. */
function judged(facts: VersionFacts, kinds: string[], what: string, how: string): Finding {
  const verdicts = verdictsOf(facts, ...kinds);
  if (verdicts.length === 0) return lacks(`No policy judged ${what}. ${how}`);
  const failed = verdicts.filter(({ passed }) => !passed);
  const sentences = (failed.length > 0 ? failed : verdicts).map(({ sentence }) => sentence).join(' ');
  const { releaseId } = facts.releases[0]!;
  return failed.length > 0 ? lacks(sentences) : holds(sentences, { what: 'verdicts', where: `release ${releaseId}` });
}

const cardPart = (name: string, shows: string, parts: readonly string[]): Proof => ({
  name,
  shows,
  find: ({ card, version }) => {
    const missing = missingParts(card).filter((part) => parts.includes(part.name));
    if (missing.length === 0) {
      return holds(`The model card states: ${parts.join(', ')}.`, {
        what: 'model card',
        where: `version ${version.version}`,
      });
    }
    return lacks(`The model card says nothing on: ${missing.map((part) => part.name).join(', ')}.`);
  },
});

/** What is shown of the model itself: what it is for, how well it does, and for whom. */
export const MODEL_PROOFS: readonly Proof[] = [
  {
    name: 'owner-and-risk',
    shows: 'Somebody answers for the model, and its risk is rated.',
    find: ({ model }) =>
      holds(`${model.owner} answers for ${model.model}; its risk is rated ${model.riskTier}.`, {
        what: 'record of the model',
        where: `model ${model.model}`,
      }),
  },
  cardPart('intended-purpose', 'What the model is for and what not is written down.', ['purpose', 'intended uses']),
  cardPart('risks-described', 'Why its risk is rated so, and whom it may harm, is written down.', [
    'explanation of the risk rating',
    'ethical considerations',
  ]),
  cardPart('limitations-described', 'Under which circumstances it does worse is written down.', ['limitations']),
  cardPart('instructions-for-use', 'What its users have to know and do is written down.', [
    'intended uses',
    'limitations',
    'recommendations to users',
  ]),
  {
    name: 'technical-documentation',
    shows: 'A complete model card in a published form.',
    find: ({ card, version }) => {
      const missing = missingParts(card).map(({ name }) => name);
      if (missing.length > 0) return lacks(`The model card lacks: ${missing.join(', ')}.`);
      return holds('The model card is complete.', { what: 'model card', where: `version ${version.version}` });
    },
  },
  {
    name: 'tested-on-held-out-rows',
    shows: 'Graded on rows that its training never saw, by metrics fixed before.',
    find: (facts) => {
      const { testDataDigest, metrics } = facts.version;
      const evidence = evidenceOf(facts, 'evaluation', 'evaluation');
      if (!testDataDigest || evidence.length === 0) return lacks('There is no evaluation on held-out rows.');
      const names = Object.keys(metrics).length;
      return holds(`${names} metrics on held-out rows with the SHA-256 ${testDataDigest.slice(0, 12)}….`, ...evidence);
    },
  },
  {
    name: 'thresholds-met',
    shows: 'Metrics were held against thresholds that were set before, and met them.',
    find: (facts) =>
      judged(
        facts,
        ['metric', 'beats-champion', 'better-than-champion'],
        'its metrics',
        'Set thresholds with Policy.metric or Policy.beatsChampion.',
      ),
  },
  {
    name: 'fairness-judged',
    shows: 'Bias against groups was measured and held against thresholds.',
    find: (facts) =>
      judged(facts, ['fairness'], 'bias against groups', 'Name facets in the schema, and add Policy.fairness.'),
  },
  {
    name: 'slices-judged',
    shows: 'How well it does on groups, and not only overall, was held against thresholds.',
    find: (facts) => judged(facts, ['slices'], 'single groups', 'Add a policy on slices.'),
  },
  {
    name: 'explanation-present',
    shows: 'Which features drive its answers is on record.',
    find: (facts) => {
      const { shares, ...reference } = facts.explanation ?? { shares: [] };
      const [top] = shares;
      if (!top || !('where' in reference)) {
        return judged(facts, ['explanation'], 'what drives its answers', 'Runs measure it unless that is turned off.');
      }
      const most = `${top.feature} carries the most, ${Number((top.share * 100).toFixed(1))}%`;
      return holds(`Attributions of its features on held-out rows are on record: ${most}.`, reference);
    },
  },
  {
    name: 'all-policies-passed',
    shows: 'Every policy of the gate passed, or was waived by a second person.',
    find: ({ releases }) => {
      const [last] = releases;
      if (!last || last.verdicts.length === 0)
        return lacks('No policy has judged this version: no release was asked for.');
      const failed = last.verdicts.filter(holdsBack);
      if (failed.length > 0) return lacks(failed.map(({ sentence }) => sentence).join(' '));
      const where = `release ${last.releaseId}`;
      const waived = last.verdicts.filter((each) => each.waived);
      const passed = last.verdicts.length - waived.length;
      const all = `All ${last.verdicts.length} policies passed.`;
      const some = `${passed} of ${last.verdicts.length} policies passed; the others were waived: ${waived.map(({ sentence }) => sentence).join(' ')}`;
      return holds(
        waived.length === 0 ? all : some,
        { what: 'verdicts', where },
        ...(last.policiesDigest ? [{ what: 'policies applied', where, sha256: last.policiesDigest }] : []),
      );
    },
  },
  {
    name: 'exceptions-limited',
    shows: 'What was waived was waived by a second person, for a reason, and for a time that has not passed.',
    find: ({ releases, waivers, version }) => {
      const [last] = releases;
      if (!last || last.verdicts.length === 0) return lacks('No policy has judged this version.');
      const waived = last.verdicts.filter((each) => each.waived);
      if (waived.length === 0) return holds('No policy was waived for it.');
      if (!waivers) return lacks('The waivers of this version could not be read.');
      const { model, version: number } = version;
      const lapsed = lapsedWaivers(waived, waivers.records, { model, version: number, today: waivers.today });
      if (lapsed.length > 0) return lacks(lapsed.join(' '));
      const sentences = waived.map(({ sentence }) => sentence).join(' ');
      return holds(sentences, { what: 'waivers', where: `model ${model} version ${number}` });
    },
  },
];
