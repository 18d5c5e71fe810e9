import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useFakeSession } from './fake-session';
import { mlops } from './run-command';

const session = useFakeSession();

describe('mlops data pii', () => {
  const file = (text: string): string => {
    const path = join(session.folder, 'people.csv');
    writeFileSync(path, text);
    return path;
  };

  it('counts rows by column and kind, shows no value, and asks nothing of AWS', async () => {
    const path = file('note,paid,age\nada@example.org,4111111111111111,36\nbob@example.org,,40\n-,-,50\n');
    const { code, stdout } = await mlops(['data', 'pii', path, '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      rows: 3,
      findings: [
        { column: 'note', kind: 'email', rows: 2, allowed: false },
        { column: 'paid', kind: 'card', rows: 1, allowed: false },
      ],
    });
    expect(stdout).not.toMatch(/ada@|4111/);
    expect(session.aws.calls).toEqual([]);
  });

  it('passes where every column that holds it is allowed, or none does', async () => {
    const path = file('note,age\nada@example.org,36\n');
    expect(await mlops(['data', 'pii', path, '--allow', 'note'])).toMatchObject({ code: 0 });
    expect(await mlops(['data', 'pii', file('age\n36\n')])).toMatchObject({
      code: 0,
      stdout: 'No personal data found in 1 row.\n',
    });
    expect(await mlops(['data', 'pii', join(session.folder, 'gone.csv')])).toMatchObject({ code: 2 });
  });
});
