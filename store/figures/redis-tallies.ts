import { inTurns } from '../../infra/in-turns.ts';
import { type RedisLink, redisScript } from '../../infra/redis.ts';
import { type Contribution, type Tallies, type Tally, type TallyKind, type TallyQuery, tallyKinds } from './tallies.ts';
import { countsIn, slicesOf, sumsAtATime } from './wire.ts';

// One slot for all: what each source gave, the sums of a day by line and kind, and the lines.
const sourceKey = (source: string): string => `tl:{figures}:given:${source}`;
const sumsKey = (day: string, line: string, kind: TallyKind): string => `tl:{figures}:sums:${day}:${kind}:${line}`;
const linesKey = 'tl:{figures}:lines';

/**
 * KEYS: the source's, the lines', the sums' of each kind (hashes: JSON of all fields by name, so that a month is a few thousand texts and not some hundred
 * thousand). ARGV: what the source gives, seconds to keep it, the line. What is given is JSON: `[kind (from 1), name, counts]`.
 */
const putScript = redisScript(`
local before = redis.call('GET', KEYS[1])
if before == ARGV[1] then return 0 end
local function notZero(n) if n ~= 0 then return n end end
local function addPairs(pairsOf, more, sign)
  local sums = {}
  for i = 1, #pairsOf, 2 do sums[pairsOf[i]] = pairsOf[i + 1] end
  for i = 1, #more, 2 do sums[more[i]] = (sums[more[i]] or 0) + sign * more[i + 1] end
  local left = {}
  for bucket, n in pairs(sums) do
    if n ~= 0 then left[#left + 1] = bucket; left[#left + 1] = n end
  end
  if #left > 0 then return left end
end
local function add(given, sign)
  for _, slice in ipairs(cjson.decode(given)) do
    local key, name = KEYS[2 + slice[1]], slice[2]
    local stored = redis.call('HGET', key, name)
    local counts = stored and cjson.decode(stored) or {}
    for field, n in pairs(slice[3]) do
      if type(n) == 'table' then counts[field] = addPairs(counts[field] or {}, n, sign)
      else counts[field] = notZero((counts[field] or 0) + sign * n) end
    end
    if next(counts) then redis.call('HSET', key, name, cjson.encode(counts)) else redis.call('HDEL', key, name) end
  end
end
if before then add(before, -1) end
add(ARGV[1], 1)
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
for i = 3, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[2]) end
return 1`);

/** The hashes of KEYS, each as names and texts in turn: in one reply, for some hundred commands cost this process more than their answers. */
const readScript = redisScript(`
local found = {}
for i, key in ipairs(KEYS) do found[i] = redis.call('HGETALL', key) end
return found`);
/** So many are read in one script, which holds up the server for a few milliseconds at most. */
const hashesAtATime = 100;

interface Place {
  readonly day: string;
  readonly line: string;
}

interface StoredSum {
  readonly place: Place;
  readonly name: string;
  readonly stored: string;
}

export class RedisTallies implements Tallies {
  readonly #link: RedisLink;
  readonly #keepSeconds: string;

  constructor(link: RedisLink, { keepDays }: { readonly keepDays: number }) {
    this.#link = link;
    this.#keepSeconds = String(Math.round(keepDays * 86_400));
  }

  async put(source: string, { day, line, rows }: Contribution): Promise<void> {
    const given = slicesOf(rows).map(([kind, name, counts]) => [tallyKinds.indexOf(kind) + 1, name, counts]);
    await this.#link.script('add to the figures', putScript, {
      keys: [sourceKey(source), linesKey, ...tallyKinds.map((kind) => sumsKey(day, line, kind))],
      values: [JSON.stringify(given), this.#keepSeconds, line],
    });
  }

  async read({ kind, from, to, line, name }: TallyQuery): Promise<readonly Tally[]> {
    const lines = line === undefined ? await this.lines() : [line];
    const days = daysBetween(from, to);
    const places = days.flatMap((day) => lines.map((ofLine) => ({ day, line: ofLine })));
    const sums = (await Promise.all(chunksOf(places, hashesAtATime).map((some) => this.#sumsAt(some, kind)))).flat();
    return await inTurns(
      name === undefined ? sums : sums.filter((sum) => sum.name === name),
      sumsAtATime,
      ({ place, name: ofName, stored }) => ({ ...place, name: ofName, counts: countsIn(stored) }),
    );
  }

  async #sumsAt(places: readonly Place[], kind: TallyKind): Promise<readonly StoredSum[]> {
    const keys = places.map(({ day, line }) => sumsKey(day, line, kind));
    const reply = await this.#link.script('read the figures', readScript, { keys, values: [] });
    return listIn(reply).flatMap((hash, index) => {
      const [place, pairs] = [places[index], listIn(hash)];
      if (place === undefined) return [];
      return Array.from({ length: pairs.length / 2 }, (_, at) => ({
        place,
        name: String(pairs[2 * at]),
        stored: String(pairs[2 * at + 1]),
      }));
    });
  }

  async lines(): Promise<readonly string[]> {
    return (await this.#link.call('list the lines', (client) => client.smembers(linesKey))).sort();
  }
}

const listIn = (reply: unknown): readonly unknown[] => (Array.isArray(reply) ? reply : []);

const chunksOf = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

/** Days, both included; none when they are the wrong way round. */
const daysBetween = (from: string, to: string): readonly string[] => {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
};
