import { type RedisLink, redisScript } from '../infra/redis.ts';
import type { Texts } from './texts.ts';

const swapScript = redisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`);
/** KEYS: the key. ARGV: text, milliseconds to keep it. */
const putFirst = redisScript(`
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return ARGV[1] end
return redis.call('GET', KEYS[1])
`);

export class RedisTexts implements Texts {
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

  #keep(keepMs: number | undefined): number {
    return Math.max(1, Math.round(keepMs ?? this.#keepMs));
  }

  #keyOf(key: string): string {
    return `tl:${this.#kind}:${key}`;
  }
}
