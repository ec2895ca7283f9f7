import type { Page, PageQuery, Place } from '../../../store/paging.ts';
import { decodeCursor } from '../../../store/paging.ts';
import { periodOf } from '../schemas/parameters.ts';

/** What lists are asked for in the same way. */
interface ListQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** An export is read in the largest pages there are: each costs a turn of the store, which makes who asks often wait. */
export const rowsAtOnce = 200;

/** What a store is asked for. */
export const pageQueryOf = <Item>(asked: ListQuery, fits?: (item: Item) => boolean): PageQuery<Item> => {
  const cursor: Place | undefined = asked.cursor === undefined ? undefined : decodeCursor(asked.cursor);
  return { limit: asked.limit, cursor, ...periodOf(asked), fits };
};

/** What only says where in a list one is is no filter: such a list is read to the last row that is wanted, and no further. */
const unfiltering: ReadonlySet<string> = new Set(['limit', 'cursor', 'format', 'from', 'to', 'callId']);

/** Which items are wanted; undefined: all. */
export const filterOf = <Item, Filter extends object>(
  asked: Filter,
  fits: (item: Item, filter: Filter) => boolean,
): ((item: Item) => boolean) | undefined => {
  const isFilter = ([name, value]: [string, unknown]) => value !== undefined && !unfiltering.has(name);
  return Object.entries(asked).some(isFilter) ? (item) => fits(item, asked) : undefined;
};

/** All pages of a list, to its end. */
export async function* allPages<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
  start: string | undefined,
): AsyncGenerator<readonly Item[]> {
  let cursor: string | null | undefined = start;
  do {
    const page: Page<Item> = await read(cursor);
    yield page.items;
    cursor = page.next;
  } while (cursor !== null);
}

/** The name of a file: what is in it, of which line, and from when to when. */
export const fileName = (
  what: string,
  {
    line,
    from,
    to,
  }: { readonly line?: string | undefined; readonly from?: string | undefined; readonly to?: string | undefined },
): string => ['throughline', what, line ?? 'all-lines', from ?? 'start', 'to', to ?? 'now'].join('-');
