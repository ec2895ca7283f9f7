import { type RedisLink, redisScript } from '../infra/redis.ts';
import type { AuditTexts } from './audit-log.ts';

/** A list: the n-th is `seq` n. */
const logKey = 'tl:{audit}:log';

/** KEYS: the list. ARGV: the first seq, then texts. */
const addScript = redisScript(`
if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) - 1 then return 0 end
redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
return 1
`);

/** KEYS: the list. Returns how many there are, and the newest. */
const lastScript = redisScript(`return {redis.call('LLEN', KEYS[1]), redis.call('LINDEX', KEYS[1], -1)}`);

export class RedisAuditTexts implements AuditTexts {
  readonly #link: RedisLink;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  async add(seq: number, texts: readonly string[]): Promise<boolean> {
    const added = await this.#link.script('audit', addScript, { keys: [logKey], values: [String(seq), ...texts] });
    return added === 1;
  }

  async read(from: number, count: number): Promise<readonly (string | undefined)[]> {
    return await this.#link.call('read the audit log', (client) => client.lrange(logKey, from - 1, from + count - 2));
  }

  async last(): Promise<{ readonly seq: number; readonly text?: string }> {
    const reply = await this.#link.script('read the audit log', lastScript, { keys: [logKey], values: [] });
    const [seq, text]: readonly unknown[] = Array.isArray(reply) ? reply : [];
    return typeof text === 'string' ? { seq: Number(seq), text } : { seq: Number(seq ?? 0) };
  }
}
