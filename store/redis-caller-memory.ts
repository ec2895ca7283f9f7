import type { RedisLink } from '../infra/redis.ts';
import { type CallerMemory, decodePast, encodePast, hashOf, type PastCall, withCall } from './caller-memory.ts';

const callerKey = (number: string): string => `tl:caller:${hashOf(number)}`;

export class RedisCallerMemory implements CallerMemory {
  readonly #link: RedisLink;
  readonly #keepSeconds: number;

  constructor(link: RedisLink, options: { readonly keepDays: number }) {
    this.#link = link;
    this.#keepSeconds = Math.round(options.keepDays * 86_400);
  }

  async remember(number: string, call: PastCall): Promise<void> {
    const calls = withCall(await this.recall(number), call);
    await this.#link.call('remember a caller', (client) =>
      client.set(callerKey(number), encodePast(calls), 'EX', this.#keepSeconds),
    );
  }

  async recall(number: string): Promise<readonly PastCall[]> {
    const stored = await this.#link.call('recall a caller', (client) => client.get(callerKey(number)));
    return stored === null ? [] : decodePast(stored);
  }
}
