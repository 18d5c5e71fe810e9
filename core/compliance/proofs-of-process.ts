import type { Reference } from './facts';
import { evidenceOf, holds, lacks, type Proof } from './proof';

/** What is shown of data, records, decisions and operation. */
export const PROCESS_PROOFS: readonly Proof[] = [
  {
    name: 'data-versioned',
    shows: 'The data is an immutable version, known by the digest of its content.',
    find: ({ version: { dataset } }) =>
      dataset
        ? holds(`${dataset.name} version ${dataset.version}, content ${dataset.contentDigest.slice(0, 12)}….`, {
            what: 'dataset version',
            where: `dataset ${dataset.name} version ${dataset.version}`,
            sha256: dataset.contentDigest,
          })
        : lacks('The version names no dataset version: it was not trained here.'),
  },
  {
    name: 'data-origin',
    shows: 'Who brought the data, and what they said of it.',
    find: ({ dataset, version }) =>
      dataset?.origin
        ? holds(`Brought by ${dataset.createdBy}: ${dataset.origin}`, {
            what: 'dataset version',
            where: `dataset ${version.dataset?.name} version ${version.dataset?.version}`,
          })
        : lacks('Nobody said where the data comes from: give it with `mlops data push --message`.'),
  },
  {
    name: 'data-validated',
    shows: 'The data was checked against its schema before training.',
    find: (facts) => {
      const evidence = evidenceOf(facts, 'data-report', 'report of data validation');
      const passed = facts.dataReport?.passed === true;
      return passed && evidence.length > 0
        ? holds('Schema, types and ranges of the data were checked, and passed.', ...evidence)
        : lacks('There is no passed report of data validation.');
    },
  },
  {
    name: 'personal-data-scanned',
    shows: 'The data was scanned for personal data, and what was found was treated by a policy.',
    find: ({ piiReport }) =>
      piiReport
        ? holds(piiReport.sentence ?? 'The data was scanned for personal data.', reference(piiReport))
        : lacks('No scan for personal data is on record.'),
  },
  {
    name: 'preparation-recorded',
    shows: 'How the data was prepared and split is on record, with code, seed and shares.',
    find: ({ run, version: { source } }) =>
      run?.seed !== undefined && source
        ? holds(`Prepared and split by the source ${source.sha256.slice(0, 12)}… with the seed ${run.seed}.`, {
            what: 'source archive',
            where: source.uri,
            sha256: source.sha256,
          })
        : lacks('The record of the run does not tell how the data was prepared.'),
  },
  {
    name: 'reproducible',
    shows: 'Code, data, image and parameters are known by digest.',
    find: ({ version: { source, dataset, image }, run }) => {
      const missing = [
        source ? undefined : 'source',
        dataset ? undefined : 'dataset version',
        image.includes('@sha256:') ? undefined : 'digest of the image',
        run ? undefined : 'run',
      ].filter(Boolean);
      if (missing.length > 0) return lacks(`Its record lacks: ${missing.join(', ')}.`);
      return holds('Code, data, image and parameters are on record by digest.', {
        what: 'record of the run',
        where: `run ${run!.runId}`,
      });
    },
  },
  {
    name: 'evidence-intact',
    shows: 'The evidence was read again, and has the digests that were recorded.',
    find: (facts) => {
      const { version, checkedEvidence } = facts;
      const open = version.evidence.filter(({ kind }) => !checkedEvidence.includes(kind)).map(({ kind }) => kind);
      if (version.evidence.length === 0) return lacks('No evidence belongs to this version.');
      if (open.length > 0) return lacks(`Not read again, or with another digest: ${open.join(', ')}.`);
      return holds(
        'Every piece of evidence has the digest that was recorded.',
        ...evidenceReferences(version.evidence),
      );
    },
  },
  {
    name: 'signed',
    shows: 'The version is signed, and the signature is valid.',
    find: ({ signature }) => {
      if (!signature) return lacks('The version carries no signature.');
      return signature.valid ? holds(signature.sentence) : lacks(signature.sentence);
    },
  },
  {
    name: 'events-recorded',
    shows: 'Every change was recorded as it happened, in a chain that shows tampering.',
    find: ({ audit, model }) => {
      if (!audit) return lacks('There is no audit chain of this model.');
      if (!audit.valid) return lacks(`The audit is not as it was written: ${audit.sentence}`);
      return holds(audit.sentence, { what: 'audit', where: `mlops audit ${model.model}` });
    },
  },
  {
    name: 'approved-by-a-person',
    shows: 'A person decided on this version, bound to the digest of what was deployed.',
    find: ({ releases }) => {
      const decided = releases.find(
        ({ approval }) => approval?.decision === 'APPROVED' && approval.by.kind === 'person',
      );
      if (!decided) return lacks('No person has approved this version.');
      const { by, at, comment, manifestDigest } = decided.approval!;
      return holds(`Approved by ${by.id} at ${at}${comment ? `: ${comment}` : '.'}`, {
        what: 'manifest',
        where: `release ${decided.releaseId}`,
        sha256: manifestDigest,
      });
    },
  },
  {
    name: 'approved-by-four-eyes',
    shows: 'Whoever approved had no hand in the version or its release.',
    find: ({ releases }) => {
      const decided = releases.find(
        ({ approval }) => approval?.decision === 'APPROVED' && approval.by.kind === 'person',
      );
      if (!decided?.mayNotApprove?.length) return lacks('No rule of four eyes held for its approval.');
      const did = decided.mayNotApprove.map((each) => `${each.person} ${each.did}`).join('; ');
      return holds(`${did}; ${decided.approval!.by.id} approved.`, {
        what: 'approval',
        where: `release ${decided.releaseId}`,
      });
    },
  },
  {
    name: 'can-be-taken-back',
    shows: 'A version before it can be released again, and every release can be undone.',
    find: ({ predecessor, model }) =>
      predecessor === undefined
        ? lacks('No version before it has served: there is nothing to go back to but deleting the endpoint.')
        : holds(`Version ${predecessor} can be released again: mlops release ${model.model} ${predecessor}.`),
  },
  {
    name: 'serving-recorded',
    shows: 'When it served, and by which release, is on record.',
    find: ({ deployments }) => {
      if (deployments.length === 0) return lacks('It has not served.');
      const spans = deployments.map(({ startedAt, endedAt }) => `${startedAt} to ${endedAt ?? 'now'}`).join('; ');
      return holds(
        `It served: ${spans}.`,
        ...deployments.map(({ releaseId }) => ({ what: 'span', where: `release ${releaseId}` })),
      );
    },
  },
  {
    name: 'smoke-tested',
    shows: 'Before it became the champion, the endpoint answered recorded rows as the evaluation had.',
    find: ({ releases }) => {
      const step = releases
        .flatMap(({ steps }) => steps)
        .find(({ step, status }) => step === 'SmokeTest' && status === 'SUCCEEDED');
      return step ? holds(`The smoke test passed at ${step.endedAt}.`) : lacks('No smoke test of it has passed.');
    },
  },
  {
    name: 'monitored',
    shows: 'Its data and its answers are watched while it serves.',
    find: ({ monitoring }) =>
      monitoring
        ? holds('A monitor watches it.', monitoring)
        : lacks('No monitor of its data and answers is on record.'),
  },
];

const reference = ({ what, where, sha256 }: Reference): Reference => ({ what, where, sha256 });

const evidenceReferences = (
  evidence: readonly { readonly kind: string; readonly uri: string; readonly sha256: string }[],
) => evidence.map(({ kind, uri, sha256 }) => ({ what: kind, where: uri, sha256 }));
