import type { Page, PageRequest } from '../registry/store/types';

/** Every item of a list that the registry gives page by page. */
export async function* allItems<T>(list: (page: PageRequest) => Promise<Page<T>>): AsyncGenerator<T> {
  let next: string | undefined;
  do {
    const page = await list(next === undefined ? {} : { next });
    yield* page.items;
    next = page.next;
  } while (next !== undefined);
}
