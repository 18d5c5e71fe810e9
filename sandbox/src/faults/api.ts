import type { HttpAnswer } from '../sagemaker/options';
import { type Faults, RefusedRule } from './faults';

/** `/_sandbox/faults`: POST sets a rule or a list of them, GET lists them with their counts, DELETE removes one or all. */
export async function answerFaults(faults: Faults, method: string, url: URL, body: string): Promise<HttpAnswer> {
  switch (method) {
    case 'GET':
      return json(200, { rules: await faults.list() });
    case 'DELETE':
      return json(200, { removed: await faults.remove(url.searchParams.get('id') ?? undefined) });
    case 'POST':
      try {
        const value: unknown = JSON.parse(body);
        return json(201, { rules: await faults.add(Array.isArray(value) ? value : [value]) });
      } catch (error) {
        if (error instanceof RefusedRule) return json(400, { message: error.message });
        if (error instanceof SyntaxError) return json(400, { message: `The body is no JSON: ${error.message}.` });
        throw error;
      }
    default:
      return json(405, { message: `/_sandbox/faults answers GET, POST and DELETE, not ${method}.` });
  }
}

const json = (status: number, body: object): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});
