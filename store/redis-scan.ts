import type { RedisLink } from '../infra/redis.ts';
import type { ScannedList } from './paging.ts';

export interface RedisList {
  /** For errors, like `list calls`. */
  readonly what: string;
  /** A sorted set: ids by wall-clock milliseconds. */
  readonly index: string;
  /** The key of an item's text, in the slot of the index. */
  keyOf(id: string): string;
}

/** Ids of one millisecond that are listed: more can't be told apart by their place. */
const mostOfAMoment = 10_000;

/** Goes through a sorted set of ids and their texts. */
export const redisScan =
  (link: RedisLink, { what, index, keyOf }: RedisList): ScannedList<unknown>['scan'] =>
  (behind, limit) =>
    link.call(what, async (client) => {
      // Redis sorts equal scores by id, so those of the moment itself come first, and then what is older.
      const same = await client.zrevrangebyscore(index, behind.at, behind.at, 'LIMIT', 0, mostOfAMoment);
      const places = same
        .filter((id) => id < behind.id)
        .slice(0, limit)
        .map((id) => ({ at: behind.at, id }));
      if (places.length < limit) {
        const older = await client.zrevrangebyscore(
          index,
          `(${behind.at}`,
          '-inf',
          'WITHSCORES',
          'LIMIT',
          0,
          limit - places.length,
        );
        for (let at = 0; at + 1 < older.length; at += 2) places.push({ at: Number(older[at + 1]), id: older[at] ?? '' });
      }
      const texts = places.length === 0 ? [] : await client.mget(places.map(({ id }) => keyOf(id)));
      return places.map((place, position) => ({ ...place, text: texts[position] ?? null }));
    });
