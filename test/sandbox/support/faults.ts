import type { FaultRule } from '../../../sandbox/src/faults/rules';
import type { TestSandbox } from '../../support/sandbox';

type Counted = FaultRule & { readonly matched: number; readonly struck: number };

/** The sandbox's rules of faults, by the API that users have. */
export class FaultsClient {
  constructor(private readonly sandbox: Pick<TestSandbox, 'endpoint'>) {}

  /** Sets rules. @returns their ids. @throws Error with the sandbox's sentence. */
  async set(...rules: Omit<FaultRule, 'id'>[]): Promise<string[]> {
    const answer = await this.call<{ rules: FaultRule[] }>('POST', '', rules);
    return answer.rules.map(({ id }) => id);
  }

  async list(): Promise<Counted[]> {
    return (await this.call<{ rules: Counted[] }>('GET', '')).rules;
  }

  /** How often the rule has struck. */
  async struck(id: string): Promise<number> {
    return (await this.list()).find((rule) => rule.id === id)?.struck ?? 0;
  }

  async remove(...ids: string[]): Promise<void> {
    for (const id of ids) await this.call('DELETE', `?id=${id}`);
  }

  private async call<T>(method: string, query: string, body?: unknown): Promise<T> {
    const url = `${this.sandbox.endpoint}/_sandbox/faults${query}`;
    const response = await fetch(url, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const answer = (await response.json()) as T & { message?: string };
    if (!response.ok) throw new Error(answer.message ?? `${response.status} by ${method} ${url}`);
    return answer;
  }
}
