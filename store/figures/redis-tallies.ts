import { type RedisLink, redisScript } from '../../infra/redis.ts';
import { type Contribution, type Tallies, type Tally, type TallyKind, type TallyQuery, tallyKinds } from './tallies.ts';

// One slot for all: what each source gave, the sums of a day by line and kind, and the lines.
const sourceKey = (source: string): string => `tl:{figures}:source:${source}`;
const sumsKey = (day: string, line: string, kind: TallyKind): string => `tl:{figures}:${day}:${kind}:${line}`;
const linesKey = 'tl:{figures}:lines';

/**
 * KEYS: the source's, the lines', the sums' of each kind. ARGV: what the source gives, seconds to keep it, the line. What is given is JSON:
 * `[kind (from 1), name and field, n]`, name and field with a NUL between them.
 */
const putScript = redisScript(`
local before = redis.call('GET', KEYS[1])
if before == ARGV[1] then return 0 end
local function add(given, sign)
  for _, row in ipairs(cjson.decode(given)) do
    local key = KEYS[2 + row[1]]
    if redis.call('HINCRBY', key, row[2], sign * row[3]) == 0 then redis.call('HDEL', key, row[2]) end
  end
end
if before then add(before, -1) end
add(ARGV[1], 1)
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
for i = 3, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[2]) end
return 1`);

const separator = '\0';

export class RedisTallies implements Tallies {
  readonly #link: RedisLink;
  readonly #keepSeconds: string;

  constructor(link: RedisLink, { keepDays }: { readonly keepDays: number }) {
    this.#link = link;
    this.#keepSeconds = String(Math.round(keepDays * 86_400));
  }

  async put(source: string, { day, line, rows }: Contribution): Promise<void> {
    const given = rows.map(({ kind, name, field, n }) => [tallyKinds.indexOf(kind) + 1, `${name}${separator}${field}`, n]);
    await this.#link.script('add to the figures', putScript, {
      keys: [sourceKey(source), linesKey, ...tallyKinds.map((kind) => sumsKey(day, line, kind))],
      values: [JSON.stringify(given), this.#keepSeconds, line],
    });
  }

  async read({ kind, from, to, line, name }: TallyQuery): Promise<readonly Tally[]> {
    const lines = line === undefined ? await this.lines() : [line];
    const days = daysBetween(from, to);
    const places = days.flatMap((day) => lines.map((ofLine) => ({ day, line: ofLine })));
    const found = await this.#link.call('read the figures', (client) =>
      Promise.all(places.map((place) => client.hgetall(sumsKey(place.day, place.line, kind)))),
    );
    return places.flatMap((place, index) =>
      [...byName(found[index] ?? {})]
        .filter(([ofName]) => name === undefined || ofName === name)
        .map(([ofName, counts]) => ({ ...place, name: ofName, counts })),
    );
  }

  async lines(): Promise<readonly string[]> {
    return (await this.#link.call('list the lines', (client) => client.smembers(linesKey))).sort();
  }
}

const byName = (sums: Readonly<Record<string, string>>): ReadonlyMap<string, Readonly<Record<string, number>>> => {
  const names = new Map<string, Record<string, number>>();
  for (const place in sums) {
    const end = place.indexOf(separator);
    const name = place.slice(0, end);
    const counts = names.get(name) ?? {};
    counts[place.slice(end + 1)] = Number(sums[place]);
    names.set(name, counts);
  }
  return names;
};

/** Days, both included; none when they are the wrong way round. */
const daysBetween = (from: string, to: string): readonly string[] => {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
};
