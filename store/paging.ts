import { inTurns } from '../infra/in-turns.ts';

/** A place in a list that is sorted by time, newest first, and by id where times are equal. */
export interface Place {
  /** Wall-clock milliseconds. */
  readonly at: number;
  readonly id: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page goes on; null: this was the last. */
  readonly next: string | null;
}

/** What is listed. `from` (included) and `until` (not included) are wall-clock milliseconds. */
export interface PageQuery<Item> {
  /** 1 to 200. */
  readonly limit: number;
  /** The `next` of the page before; undefined: the first page. */
  readonly cursor?: Place | undefined;
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** Which of them; undefined: all. */
  readonly fits?: ((item: Item) => boolean) | undefined;
}

/** A place in the list with what is stored there; null: it is gone. */
export interface StoredPlace extends Place {
  readonly text: string | null;
}

/** A list that can only be scanned from the newest to the oldest. */
export interface ScannedList<Item> {
  /** Up to `limit` places behind one, newest first. Fewer: the list ends there. */
  scan(behind: Place, limit: number): Promise<readonly StoredPlace[]>;
  /** Undefined: it can't be read. */
  decode(text: string): Item | undefined | Promise<Item | undefined>;
}

/** With what is there; undefined: it can't be read, or is gone. */
interface Placed<Item> extends Place {
  readonly item: Item | undefined;
}

/** One page looks at no more than this: a filter that hardly anything fits gives short pages, and a place to go on from. */
const mostLookedAt = 2_000;
const chunk = 400;

export const pageOf = async <Item>(list: ScannedList<Item>, query: PageQuery<Item>): Promise<Page<Item>> => {
  const { limit, cursor, until = Number.MAX_SAFE_INTEGER } = query;
  const items: Item[] = [];
  let behind: Place = cursor ?? { at: until, id: '' }; // no id is before the empty one: nothing of `until` itself
  for (let looked = 0; looked < mostLookedAt; ) {
    const size = query.fits === undefined ? Math.min(chunk, limit - items.length + 1) : chunk;
    const found = await readPlaces(list, await list.scan(behind, size));
    const { taken, end } = take(found, query, items);
    behind = found[taken - 1] ?? behind;
    if (end === 'over' || (end === 'none' && found.length < size)) return { items, next: null };
    if (end === 'full') break;
    looked += found.length;
  }
  return { items, next: encodeCursor(behind) };
};

/** So many are read in one go, which takes less than a millisecond. */
const atATime = 10;

const readPlaces = async <Item>(
  { decode }: ScannedList<Item>,
  places: readonly StoredPlace[],
): Promise<readonly Placed<Item>[]> =>
  await Promise.all(
    await inTurns(places, atATime, async ({ at, id, text }) => ({
      at,
      id,
      item: text === null ? undefined : await decode(text),
    })),
  );

/** Adds what fits to `items`. `over`: what follows is older than the period. `full`: more is there than a page may have. */
const take = <Item>(
  found: readonly Placed<Item>[],
  { limit, from = -Infinity, fits }: PageQuery<Item>,
  items: Item[],
): { readonly taken: number; readonly end: 'over' | 'full' | 'none' } => {
  for (const [taken, { at, item }] of found.entries()) {
    if (at < from) return { taken, end: 'over' };
    if (items.length === limit) return { taken, end: 'full' };
    if (item !== undefined && fits?.(item) !== false) items.push(item);
  }
  return { taken: found.length, end: 'none' };
};

export const encodeCursor = ({ at, id }: Place): string => Buffer.from(`${at} ${id}`).toString('base64url');

/** The place that a cursor stands for; undefined: it is none of ours. */
export const decodeCursor = (cursor: string): Place | undefined => {
  const groups = /^(?<at>\d{1,15}) (?<id>[\x21-\x7e]{1,200})$/.exec(
    Buffer.from(cursor, 'base64url').toString('latin1'),
  )?.groups;
  return groups?.['at'] === undefined || groups['id'] === undefined
    ? undefined
    : { at: Number(groups['at']), id: groups['id'] };
};
