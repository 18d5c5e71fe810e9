import { describe, expect, it } from 'vitest';
import { actor, useFakeSession } from './fake-session';
import { mlops } from './run-command';

const session = useFakeSession();
const note = (text: string) => ({ text, by: actor, at: '2026-01-01T00:00:00.000Z' });

describe('what people write', () => {
  it('goes to models, data and runs by the names that the command knows them by', async () => {
    session.aws.api('POST /notes', { body: {} });
    session.aws.api('GET /notes', { body: { tags: { team: note('a') }, comments: [note('fine')] } });
    const tagged = await mlops(['models', 'tag', 'diagnosis@3', '--set', 'team=a', '--remove', 'old']);
    expect(tagged).toMatchObject({ code: 0, stdout: expect.stringContaining('tag team  a  (arn:aws:iam') });
    expect(tagged.stdout).toContain('fine');
    await mlops(['data', 'describe', 'loans@2', 'second delivery']);
    await mlops(['runs', 'comment', 'diagnosis-1', 'odd']);
    await mlops(['models', 'describe', 'diagnosis@champion', '']);
    expect(session.aws.callsOf('POST /notes').map(({ query, json }) => [query.of, json])).toEqual([
      ['version:diagnosis:3', { tags: { team: 'a', old: null } }],
      ['dataset:loans:2', { description: 'second delivery' }],
      ['run:diagnosis-1', { comment: 'odd' }],
      ['diagnosis@champion', { description: null }],
    ]);
    expect(await mlops(['models', 'tag', 'diagnosis', '--set', 'a=1', '--remove', 'a'])).toMatchObject({ code: 2 });
    expect(await mlops(['data', 'tag', 'loans@champion'])).toMatchObject({ code: 2 });
  });

  it('retires a model for a reason, and reviews it by a day', async () => {
    session.aws.api('POST /models/diagnosis/oversight', ({ json }) => ({
      body: json.nextReview ? { nextReview: note(String(json.nextReview)) } : {},
    }));
    expect((await mlops(['models', 'retire', 'diagnosis', '--reason', 'replaced'])).stdout).toContain('is retired');
    expect(await mlops(['models', 'retire', 'diagnosis'])).toMatchObject({ code: 2 });
    const reviewed = await mlops(['models', 'review', 'diagnosis', '--next', '2027-01-31', '--comment', 'sound']);
    expect(reviewed.stdout).toContain('next review by 2027-01-31');
    expect(await mlops(['models', 'review', 'diagnosis', '--next', 'soon'])).toMatchObject({ code: 2 });
    expect(session.aws.callsOf('POST /models/diagnosis/oversight').map(({ json }) => json)).toEqual([
      { retired: 'replaced' },
      { nextReview: '2027-01-31', comment: 'sound' },
    ]);
  });

  it('moves aliases, and keeps things from deletion', async () => {
    session.aws.api('PUT /models/diagnosis/aliases/shadow', { body: {} });
    session.aws.api('POST /models/diagnosis/aliases/shadow/remove', { body: { removed: true } });
    session.aws.api('POST /holds', { body: {} });
    expect((await mlops(['models', 'alias', 'diagnosis@3', 'shadow'])).stdout).toContain(
      'shadow is diagnosis version 3',
    );
    expect((await mlops(['models', 'alias', 'diagnosis', 'shadow', '--remove'])).stdout).toContain('gone');
    expect(await mlops(['models', 'alias', 'diagnosis', 'shadow'])).toMatchObject({ code: 2 });
    expect((await mlops(['hold', 'diagnosis@3', '--reason', 'lawsuit'])).stdout).toContain('on hold: lawsuit');
    expect((await mlops(['hold', 'diagnosis@3', '--release'])).code).toBe(0);
    expect(await mlops(['hold', 'diagnosis@3', '--release', '--reason', 'x'])).toMatchObject({ code: 2 });
    session.aws.api('GET /retention', { body: { of: 'version:diagnosis:3', keptBy: ['It serves.'] } });
    expect((await mlops(['hold', 'diagnosis@3'])).stdout).toBe('It serves.\n');
    expect(session.aws.callsOf('POST /holds').map(({ json }) => json)).toEqual([{ hold: 'lawsuit' }, { hold: null }]);
  });
});
