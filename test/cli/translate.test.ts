import { describe, expect, it } from 'vitest';
import { CommandError } from '../../cli/src/errors';
import { translate } from '../../cli/src/translate';

const fault = (name: string, message: string, code?: string) => Object.assign(new Error(message), { name, code });

describe('an error as it is shown', () => {
  it.each([
    [
      fault('CredentialsProviderError', 'Could not load credentials from any providers'),
      7,
      'No AWS credentials were found.',
    ],
    [
      fault('CredentialsProviderError', 'Could not resolve credentials using profile: [x]'),
      7,
      'The AWS profile gave no credentials',
    ],
    [fault('ExpiredToken', 'The security token included in the request is expired'), 7, 'have expired'],
    [fault('InvalidClientTokenId', 'The security token is invalid'), 7, 'does not accept these credentials'],
    [fault('Error', 'Region is missing'), 2, 'No AWS region is set.'],
    [fault('ThrottlingException', 'Rate exceeded'), 1, 'throttles'],
    [fault('Error', 'ENOSPC: no space left on device, write', 'ENOSPC'), 1, 'The disk is full.'],
    [fault('Error', "ENOENT: no such file or directory, open 'rows.csv'", 'ENOENT'), 2, 'rows.csv does not exist.'],
    [fault('Error', "EISDIR: illegal operation on a directory, read 'x'", 'EISDIR'), 2, 'x is a folder, not a file.'],
    [fault('SandboxError', 'The sandbox needs Python 3.11 or newer'), 1, 'The sandbox needs Python 3.11 or newer'],
  ])('%s', (error, exitCode, message) => {
    expect(translate(error)).toMatchObject({ exitCode, message: expect.stringContaining(message) });
  });

  it('tells a sandbox that does not answer from an AWS that can not be reached', () => {
    const refused = fault('Error', 'connect ECONNREFUSED 127.0.0.1:4566', 'ECONNREFUSED');
    const near = translate(refused, { kind: 'sandbox', endpoint: 'http://127.0.0.1:4566' });
    expect(near).toMatchObject({ exitCode: 8, hint: expect.stringContaining('mlops sandbox start') });
    expect(translate(refused, { kind: 'aws' }).hint).not.toContain('sandbox');
    expect(translate(new AggregateError([refused]))).toMatchObject({ exitCode: 8 });
  });

  it('keeps what is written for people already, and never shows nothing', () => {
    const own = new CommandError('x', { exitCode: 3 });
    expect(translate(own)).toBe(own);
    expect(translate('text').message).toBe('text');
    expect(translate(fault('OddException', ''))).toMatchObject({ message: 'OddException', exitCode: 1 });
  });
});
