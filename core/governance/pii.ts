import type { PolicySpec } from '../../lib/governance/contract';
import { type PiiReport, tellFindings } from '../pii/report';
import type { GovernanceEvidence } from './evidence';
import { type Judgement, uriOf } from './policies';

type Column = PiiReport['columns'][number];

/** Whether the data was scanned, and personal data reached training only where it may. */
export function judgePiiPolicy(spec: Extract<PolicySpec, { kind: 'pii' }>, evidence: GovernanceEvidence): Judgement {
  const { pii, faults } = evidence;
  const base = { threshold: 'none reaches training', evidenceUri: uriOf('pii-report', evidence) };
  if (!pii) {
    const why = faults?.['pii-report'] ?? 'none is on record';
    const sentence = `The scan for personal data can't be used: ${why.replace(/\.$/, '')}.`;
    return { ...base, passed: false, value: 'missing', sentence };
  }
  const { rows, scanned, columns } = pii;
  const share = rows > 0 ? scanned / rows : 0;
  if (scanned < Math.min(1, rows) || share < spec.minScanned * 0.9) {
    const sentence = `${scanned} of ${rows} rows were scanned for personal data; a share of ${spec.minScanned} is required.`;
    return { ...base, passed: false, value: share, sentence };
  }
  const mayStay = ({ name, rule }: Column) => (spec.allowed ? spec.allowed.includes(name) : rule === 'allow');
  const found = columns.filter(({ findings }) => findings.length > 0);
  const leaked = found.filter((column) => column.reaches === 'unchanged' && !mayStay(column));
  if (leaked.length > 0) {
    const told = leaked
      .map(({ name, findings }) => `column '${name}' holds ${tellFindings(findings, scanned)}`)
      .join('; ');
    const sentence = `Personal data reached training: ${told}.`;
    return { ...base, passed: false, value: `${leaked.length} columns`, sentence };
  }
  const looked = `${scanned === rows ? 'All' : `${scanned} of`} ${rows} rows were scanned for personal data`;
  if (found.length === 0) return { ...base, passed: true, value: 'none', sentence: `${looked}; none was found.` };
  const told = found.map((column) => `'${column.name}' (${becameOf(column)})`).join(', ');
  return { ...base, passed: true, value: 'none', sentence: `${looked}; it was found in ${told}.` };
}

function becameOf({ reaches, rule }: Column): string {
  if (reaches === 'hashed') return 'hashed';
  if (reaches === 'unchanged') return 'allowed';
  return rule === 'drop' ? 'dropped' : 'not used';
}
