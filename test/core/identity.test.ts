import { describe, expect, it } from 'vitest';
import { answerableFor, personOf } from '../../core/identity';

const session = (role: string, name: string) => `arn:aws:sts::123456789012:assumed-role/${role}/${name}`;

describe('a person', () => {
  it('is one role, whatever its sessions call themselves', () => {
    expect(personOf(session('science', 'ana'))).toBe(personOf(session('science', 'bob@x.org')));
    expect(personOf(session('science', 'ana'))).not.toBe(personOf(session('risk', 'ana')));
    expect(personOf(session('science', 'ana'))).toBe('arn:aws:iam::123456789012:role/science');
  });

  it('is a user of IAM Identity Center, who does not choose the name of the session', () => {
    const role = 'AWSReservedSSO_Science_0123456789abcdef';
    expect(personOf(session(role, 'ana@x.org'))).not.toBe(personOf(session(role, 'bob@x.org')));
  });

  it('is a user, or who signed in to a user pool', () => {
    for (const id of ['arn:aws:iam::123456789012:user/ana', 'cognito:eu-west-1_pool:sub', 'arn:aws:iam::1:root']) {
      expect(personOf(id)).toBe(id);
    }
  });
});

describe('who is answerable', () => {
  it('is the person for whom a machine acts, and nobody where a machine began', () => {
    const execution = { id: 'arn:aws:states:eu-west-1:123456789012:execution:t:1', kind: 'execution' as const };
    expect(answerableFor({ ...execution, onBehalfOf: session('science', 'ana') })).toBe(
      'arn:aws:iam::123456789012:role/science',
    );
    expect(answerableFor({ ...execution, onBehalfOf: 'request-run-function' })).toBeUndefined();
    expect(answerableFor({ ...execution, onBehalfOf: 'arn:aws:cloudformation:eu-west-1:1:stack/a/b' })).toBeUndefined();
    expect(answerableFor(execution)).toBeUndefined();
    expect(answerableFor({ id: session('risk', 'eve'), kind: 'person' })).toBe('arn:aws:iam::123456789012:role/risk');
  });
});
