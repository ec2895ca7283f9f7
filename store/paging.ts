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

/** Up to `limit` items behind a place, newest first. */
export type Scan<Item> = (behind: Place | undefined, limit: number) => Promise<readonly Item[]>;

/** One page looks at no more than this: a filter that hardly anything fits gives short pages, and a place to go on from. */
const mostLookedAt = 2_000;
const chunk = 400;

/** A page out of a list that can only be scanned from the newest to the oldest. */
export const pageOf = async <Item>(
  scan: Scan<Item>,
  query: PageQuery<Item>,
  placeOf: (item: Item) => Place,
): Promise<Page<Item>> => {
  const { limit, from = -Infinity, until, fits = () => true } = query;
  const items: Item[] = [];
  let behind = query.cursor ?? (until === undefined ? undefined : { at: until - 1, id: '\uffff' });
  for (let looked = 0; looked < mostLookedAt; ) {
    const size = query.fits === undefined ? Math.min(chunk, limit - items.length + 1) : chunk;
    const found = await scan(behind, size);
    for (const item of found) {
      const place = placeOf(item);
      if (place.at < from) return { items, next: null };
      if (items.length === limit) return { items, next: encodeCursor(behind ?? place) };
      behind = place;
      if (fits(item)) items.push(item);
    }
    if (found.length < size) return { items, next: null };
    looked += found.length;
  }
  return { items, next: behind === undefined ? null : encodeCursor(behind) };
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
