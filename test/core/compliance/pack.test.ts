import { describe, expect, it } from 'vitest';
import {
  EU_AI_ACT,
  evidencePackHtml,
  judgePack,
  type Pack,
  PROOFS,
  packProblems,
  type VersionFacts,
} from '../../../core/compliance';
import { buildModelCard } from '../../../core/model-card';
import { cardFacts, fullFacts, verdict } from './facts';

/** What has to be taken away, or changed, so that a proof does not hold any more. */
const BREAKS: Readonly<Record<string, Partial<VersionFacts>>> = (() => {
  const full = fullFacts();
  const [release] = full.releases;
  const without = (text: string): Partial<VersionFacts> => ({
    card: buildModelCard(cardFacts({ text: { ...cardFacts().text, [text]: undefined } })),
  });
  const failed = (kind: string): Partial<VersionFacts> => ({
    releases: [{ ...release!, verdicts: [verdict(kind, false)] }],
  });
  const by = { number: 1, requestedBy: 'ada', grantedBy: 'bob', reason: 'new', expires: '2026-01-31' };
  const waived = { ...verdict('cost', false), waived: by };
  const version = (changes: object): Partial<VersionFacts> => ({ version: { ...full.version, ...changes } });
  return {
    'intended-purpose': without('intendedUses'),
    'risks-described': without('riskExplanation'),
    'limitations-described': without('limitations'),
    'instructions-for-use': without('recommendations'),
    'technical-documentation': without('ethicalConsiderations'),
    'tested-on-held-out-rows': version({ testDataDigest: undefined }),
    'thresholds-met': failed('metric'),
    'fairness-judged': failed('fairness'),
    'slices-judged': failed('slices'),
    'explanation-present': { explanation: undefined, ...failed('explanation') },
    'all-policies-passed': failed('metric'),
    'exceptions-limited': {
      releases: [{ ...release!, verdicts: [waived] }],
      waivers: { records: [], today: '2026-01-01' },
    },
    'data-versioned': version({ dataset: undefined }),
    'data-origin': { dataset: { origin: '', createdBy: 'ada' } },
    'data-validated': { dataReport: { passed: false } },
    'personal-data-scanned': { piiReport: undefined },
    'preparation-recorded': version({ source: undefined }),
    reproducible: version({ image: 'xgboost:latest' }),
    'evidence-intact': { checkedEvidence: ['run'] },
    signed: { signature: { valid: false, sentence: 'Another key.' } },
    'events-recorded': { audit: { valid: false, sentence: 'Entry 3 was changed.', entries: 12 } },
    'approved-by-a-person': { releases: [{ ...release!, approval: undefined }] },
    'approved-by-four-eyes': { releases: [{ ...release!, mayNotApprove: undefined }] },
    'can-be-taken-back': { predecessor: undefined },
    'serving-recorded': { deployments: [] },
    'smoke-tested': { releases: [{ ...release!, steps: [] }] },
    monitored: { monitoring: undefined },
  };
})();

describe('a proof', () => {
  it.each([...PROOFS.keys()])('%s holds for a version of which everything is known', (name) => {
    expect(PROOFS.get(name)!.find(fullFacts())).toMatchObject({
      holds: true,
      sentence: expect.stringMatching(/\S/),
    });
  });

  it.each(Object.entries(BREAKS))('%s does not hold without what it looks at', (name, change) => {
    const finding = PROOFS.get(name)!.find(fullFacts(change));
    expect(finding).toMatchObject({ holds: false, references: [] });
    expect(finding.sentence).not.toBe('');
  });

  it('can fail, whichever it is but the record that each model has', () => {
    expect([...PROOFS.keys()].filter((name) => !(name in BREAKS))).toEqual(['owner-and-risk']);
  });
});

describe('the EU AI Act pack', () => {
  const ids = EU_AI_ACT.sections.flatMap(({ clauses }) => clauses.map(({ id }) => id));

  it('has each paragraph of Articles 9 to 15 and 72 that asks something of a provider', () => {
    const paragraphs: Readonly<Record<number, readonly number[]>> = {
      9: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      10: [1, 2, 3, 4, 5, 6],
      11: [1, 2],
      12: [1, 2, 3],
      13: [1, 2, 3],
      14: [1, 2, 3, 4, 5],
      15: [1, 3, 4, 5],
      72: [1, 2, 3, 4],
    };
    for (const [article, numbers] of Object.entries(paragraphs)) {
      for (const number of numbers) {
        const prefix = `Art. ${article}(${number})`;
        expect(
          ids.some((id) => id.startsWith(prefix)),
          prefix,
        ).toBe(true);
      }
    }
    expect(packProblems(EU_AI_ACT)).toEqual([]);
  });

  it('claims nothing for a version of which nothing is known', () => {
    const bare = fullFacts();
    const nothing: VersionFacts = {
      model: bare.model,
      version: {
        ...bare.version,
        ...{ evidence: [], source: undefined, dataset: undefined, testDataDigest: undefined, runId: undefined },
        image: 'xgboost:latest',
      },
      card: buildModelCard({ ...cardFacts({ text: undefined, purpose: '' }), dataset: undefined, metrics: {} }),
      releases: [],
      deployments: [],
      checkedEvidence: [],
    };
    const { sections, counts } = judgePack(EU_AI_ACT, nothing);
    expect(counts.shown).toBe(0);
    const partly = sections.flatMap(({ clauses }) => clauses).filter(({ status }) => status === 'partly');
    for (const { findings } of partly) {
      expect(findings.filter(({ holds }) => holds).map(({ proof }) => proof)).toEqual(['owner-and-risk']);
    }
  });

  it('leaves open what the organisation has to show, however much is known', () => {
    const { sections } = judgePack(EU_AI_ACT, fullFacts());
    for (const { id, status, organisation, proofs } of sections.flatMap(({ clauses }) => clauses)) {
      const expected = proofs.length === 0 ? 'organisation' : organisation ? 'partly' : 'shown';
      expect(status, id).toBe(expected);
    }
  });
});

describe('a pack of a user', () => {
  const pack = (clauses: Pack['sections'][number]['clauses']): Pack => ({
    ...{ id: 'own', title: 'Own', source: 'https://example.org', edition: '1' },
    sections: [{ title: 'All', clauses }],
  });

  it('is judged by the same proofs', () => {
    const own = pack([{ id: '1', asks: 'It is signed.', proofs: ['signed'] }]);
    expect(judgePack(own, fullFacts()).counts.shown).toBe(1);
  });

  it('is refused with all that is wrong with it', () => {
    const wrong = pack([
      { id: '1', asks: 'x', proofs: ['sined'] },
      { id: '2', asks: 'y', proofs: [] },
      { id: '2', asks: 'z', proofs: ['signed'] },
    ]);
    expect(packProblems(wrong)).toEqual([
      expect.stringContaining("'sined', which does not exist. Did you mean signed?"),
      expect.stringContaining('The clause 2 of the pack'),
      expect.stringContaining('has the clause 2 twice'),
    ]);
    expect(() => judgePack(wrong, fullFacts())).toThrow(/sined/);
  });
});

it('the page of a version shows each clause once, and lets no text become markup', () => {
  const facts = fullFacts({ dataset: { origin: '<script>alert(1)</script>', createdBy: 'a&b' } });
  const page = evidencePackHtml(facts, [judgePack(EU_AI_ACT, facts)], '2026-01-01T00:00:00.000Z');
  for (const { id } of EU_AI_ACT.sections.flatMap(({ clauses }) => clauses)) {
    expect(page.split(`<b>${id}</b>`), id).toHaveLength(2);
  }
  expect(page).toContain('What drives its answers');
  expect(page).toContain('aria-label="Share of each feature in what moves the answers"');
  expect(page).toContain('>60.0%</text>');
  expect(page).not.toContain('<script');
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});
