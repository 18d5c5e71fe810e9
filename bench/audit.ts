import { createHash } from 'node:crypto';
import { GENESIS, headOf, type Link, linkOf, verifyChain } from '../core/audit';
import { type Figure, interleaved, seconds } from './figure';
import { note } from './workspace';

const ROUNDS = 7;
const ENTRIES = 50_000;
const CHAIN = 'model:credit';

/** A chain of approvals, each with what a release's entry holds. */
function sample(): Link[] {
  const links: Link[] = [];
  for (let sequence = 1; sequence <= ENTRIES; sequence++) {
    const change = {
      ...{ chain: CHAIN, sequence, changeId: `${CHAIN}#${sequence}`, type: 'Approval Recorded' },
      time: '2026-03-01T12:00:00.000Z',
      actor: { id: 'arn:aws:sts::111122223333:assumed-role/RiskOfficers/anna', kind: 'person' as const },
      subject: { model: 'credit', version: sequence, releaseId: `credit-${sequence}`, status: 'APPROVED' },
      before: { status: 'WAITING_FOR_APPROVAL' },
      after: { status: 'RUNNING', approval: 'APPROVED', manifestDigest: GENESIS },
      evidence: [{ uri: 's3://evidence/releases/credit/evaluation.json', sha256: GENESIS }],
      policyDigest: GENESIS,
    };
    links.push(linkOf(change, links.at(-1)?.hash ?? GENESIS));
  }
  return links;
}

/** A chain verified with a head for each entry, beside hashing the same texts and nothing else. */
export async function audit(): Promise<Figure[]> {
  const links = sample();
  const heads = links.map((link, index) => headOf(CHAIN, index + 1, link));
  const samples = await interleaved(ROUNDS, {
    verify: async () => 1000 * (await seconds(() => verifyChain(CHAIN, links, heads))),
    hash: async () => 1000 * (await seconds(() => links.forEach(hashed))),
  });
  note(`${(links.reduce((sum, { text }) => sum + text.length, 0) / ENTRIES).toFixed(0)} bytes an entry`);
  const peer = { name: 'SHA-256 alone', samples: samples.hash };
  return [{ name: `${ENTRIES} audit entries verified`, unit: 'ms', samples: samples.verify, target: 1000, peer }];
}

const hashed = ({ text }: Link): string => createHash('sha256').update(text).digest('hex');
