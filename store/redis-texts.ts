import { Cluster } from 'ioredis';
import { type RedisClient, type RedisLink, redisScript } from '../infra/redis.ts';
import type { ListedTexts } from './texts.ts';

/** KEYS: the key. ARGV: before, after, milliseconds to keep it. What is there already counts as done: a Cluster's client sends it again when the answer was lost. */
const swapScript = redisScript(`
local stands = redis.call('GET', KEYS[1])
if stands == ARGV[2] then return redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
if stands ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`);
/** KEYS: the key. ARGV: text, milliseconds to keep it. */
const putFirst = redisScript(`
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return ARGV[1] end
return redis.call('GET', KEYS[1])
`);

export class RedisTexts implements ListedTexts {
  readonly #link: RedisLink;
  readonly #kind: string;
  readonly #keepMs: number;

  constructor(link: RedisLink, { kind, keepDays }: { readonly kind: string; readonly keepDays: number }) {
    this.#link = link;
    this.#kind = kind;
    this.#keepMs = keepDays * 86_400_000;
  }

  async put(key: string, text: string, keepMs?: number): Promise<void> {
    const keep = this.#keep(keepMs);
    await this.#link.call(`keep a ${this.#kind}`, (client) => client.set(this.#keyOf(key), text, 'PX', keep));
  }

  async putFirst(key: string, text: string, keepMs?: number): Promise<string> {
    const input = { keys: [this.#keyOf(key)], values: [text, String(this.#keep(keepMs))] };
    const stands = await this.#link.script(`keep the first ${this.#kind}`, putFirst, input);
    return String(stands);
  }

  async swap(key: string, before: string, after: string): Promise<boolean> {
    const swapped = await this.#link.script(`change a ${this.#kind}`, swapScript, {
      keys: [this.#keyOf(key)],
      values: [before, after, String(this.#keep(undefined))],
    });
    return swapped === 1;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#link.call(`find a ${this.#kind}`, (client) => client.get(this.#keyOf(key)))) ?? undefined;
  }

  async drop(keys: readonly string[]): Promise<void> {
    // One by one: in a Cluster each may be in another slot.
    await this.#link.call(`forget a ${this.#kind}`, (client) =>
      Promise.all(keys.map((key) => client.del(this.#keyOf(key)))),
    );
  }

  /** `after` is the number of a server and its cursor: in a Cluster each has keys of its own. */
  async page(after: string, limit: number): Promise<{ readonly keys: readonly string[]; readonly next?: string }> {
    const [place = '0', cursor = '0'] = after.split(' ');
    const start = this.#keyOf('');
    return await this.#link.call(`list each ${this.#kind}`, async (client) => {
      const servers = serversOf(client);
      const server = servers[Number(place)];
      if (server === undefined) return { keys: [] };
      const [next, found] = await server.scan(cursor, 'MATCH', `${start}*`, 'COUNT', Math.max(limit, 1_000));
      const keys = found.map((key) => key.slice(start.length));
      if (next !== '0') return { keys, next: `${place} ${next}` };
      return Number(place) + 1 < servers.length ? { keys, next: `${Number(place) + 1} 0` } : { keys };
    });
  }

  #keep(keepMs: number | undefined): number {
    return Math.max(1, Math.round(keepMs ?? this.#keepMs));
  }

  #keyOf(key: string): string {
    return `tl:${this.#kind}:${key}`;
  }
}

const serversOf = (client: RedisClient) => (client instanceof Cluster ? client.nodes('master') : [client]);
