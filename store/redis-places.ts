import type { CallId } from '../infra/brand.ts';
import { type RedisLink, redisScript } from '../infra/redis.ts';
import { type Circle, leaseMs, type Places } from './places.ts';

/** Sorted sets, call id by the time its place runs out (the server's clock, ms). All are in one slot of a Cluster. */
const circleKey = (name: string): string => `tl:{places}:${name}`;

const lua = (body: string) =>
  redisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
${body}`);

/** KEYS: circles. ARGV: call id, lease in ms, then the most calls of each circle. Returns the number of a circle that is full, or 0. */
const takeScript = lua(`
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if not redis.call('ZSCORE', key, ARGV[1]) and redis.call('ZCARD', key) >= tonumber(ARGV[2 + i]) then
    return i
  end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return 0
`);

/** KEYS: a circle. ARGV: lease in ms, then call ids. */
const keepScript = lua(`
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 0
`);

export class RedisPlaces implements Places {
  readonly #link: RedisLink;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  async take(callId: CallId, circles: readonly Circle[]): Promise<string | undefined> {
    const keys = circles.map(({ name }) => circleKey(name));
    const values = [callId, String(leaseMs), ...circles.map(({ most }) => String(most))];
    const full = await this.#link.script('take a place', takeScript, { keys, values });
    return circles[Number(full) - 1]?.name;
  }

  async keep(circle: string, callIds: readonly CallId[]): Promise<void> {
    const values = [String(leaseMs), ...callIds];
    await this.#link.script('keep places', keepScript, { keys: [circleKey(circle)], values });
  }

  async free(callId: CallId, circles: readonly string[]): Promise<void> {
    await this.#link.call('free a place', (client) =>
      Promise.all(circles.map((circle) => client.zrem(circleKey(circle), callId))),
    );
  }
}
