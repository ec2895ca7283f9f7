import { type RedisLink, redisScript } from '../infra/redis.ts';
import type { Texts } from './texts.ts';

const swapScript = redisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1`);

export class RedisTexts implements Texts {
  readonly #link: RedisLink;
  readonly #kind: string;
  readonly #keepSeconds: number;

  constructor(link: RedisLink, { kind, keepDays }: { readonly kind: string; readonly keepDays: number }) {
    this.#link = link;
    this.#kind = kind;
    this.#keepSeconds = Math.max(1, Math.round(keepDays * 86_400));
  }

  async put(key: string, text: string): Promise<void> {
    await this.#link.call(`keep a ${this.#kind}`, (client) => client.set(this.#keyOf(key), text, 'EX', this.#keepSeconds));
  }

  async swap(key: string, before: string, after: string): Promise<boolean> {
    const swapped = await this.#link.script(`change a ${this.#kind}`, swapScript, {
      keys: [this.#keyOf(key)],
      values: [before, after, String(this.#keepSeconds)],
    });
    return swapped === 1;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#link.call(`find a ${this.#kind}`, (client) => client.get(this.#keyOf(key)))) ?? undefined;
  }

  #keyOf(key: string): string {
    return `tl:${this.#kind}:${key}`;
  }
}
