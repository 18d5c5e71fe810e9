import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBDocumentClient, QueryCommandInput, TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Registry, RegistryStore } from '../../lambdas/registry/store';
import { STORE_CALLS } from '../../lib/registry/store-access';

/** Complete by its type: a call that the store has and nobody could be granted does not compile. */
const CALLS: Readonly<Record<keyof Registry, readonly string[]>> = STORE_CALLS;

const current = new AsyncLocalStorage<string>();

const WRITES: Record<string, string> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/** What IAM asks for a request. */
function verbsOf(command: string, input: object): string[] {
  if (command === 'GetItemCommand') return ['GetItem'];
  if (command === 'QueryCommand') return [(input as QueryCommandInput).IndexName ? 'List' : 'Query'];
  const items = (input as TransactWriteCommandInput).TransactItems ?? [];
  return items.flatMap((item) => Object.keys(item).map((write) => WRITES[write] ?? write));
}

/** Refuses what a call of the store does beyond what a handler is granted for it. */
export function refuseUngranted(client: DynamoDBDocumentClient): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const call = current.getStore();
      // What only the API calls is granted to the API with all else.
      const may = call === undefined ? undefined : CALLS[call as keyof Registry];
      if (may) {
        const more = verbsOf(String(context.commandName), args.input).filter((verb) => !may.includes(verb));
        if (more.length > 0) throw new Error(`${call} does ${more.join(', ')}, which STORE_CALLS does not grant.`);
      }
      return next(args);
    },
    { step: 'initialize', name: 'refuseUngranted' },
  );
}

/** The store, whose requests carry the name of the call that they are made for. */
export const granted = <S extends RegistryStore>(store: S): S =>
  new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      return (...args: unknown[]) => current.run(name, () => value.apply(target, args));
    },
  });
