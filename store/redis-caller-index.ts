import { type CallId, parseCallId, wallTime } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { RedisLink } from '../infra/redis.ts';
import type { CallerIndex, NotedCall } from './caller-index.ts';

/** Sorted set: call id by the wall time at which it was noted first. */
const callsKey = (hash: string): string => `tl:caller-calls:${hash}`;

export class RedisCallerIndex implements CallerIndex {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #keepMs: number;

  constructor(link: RedisLink, { clock, keepDays }: { readonly clock: Clock; readonly keepDays: number }) {
    this.#link = link;
    this.#clock = clock;
    this.#keepMs = keepDays * 86_400_000;
  }

  async note(hash: string, callId: CallId): Promise<void> {
    const now = this.#clock.wall();
    await this.#link.call('note whose call it is', (client) =>
      client
        .multi()
        .zadd(callsKey(hash), 'NX', now, callId)
        .zremrangebyscore(callsKey(hash), '-inf', now - this.#keepMs)
        .pexpire(callsKey(hash), this.#keepMs)
        .exec(),
    );
  }

  async callsOf(hash: string): Promise<readonly NotedCall[]> {
    const found = await this.#link.call("list a caller's calls", (client) =>
      client.zrange(callsKey(hash), '0', '-1', 'WITHSCORES'),
    );
    return found.flatMap((id, index) => {
      const callId = index % 2 === 0 ? parseCallId(id) : undefined;
      return callId === undefined ? [] : [{ callId, notedAt: wallTime(Number(found[index + 1])) }];
    });
  }

  async forget(hash: string, callIds: readonly CallId[]): Promise<void> {
    if (callIds.length === 0) return;
    await this.#link.call("forget a caller's calls", (client) => client.zrem(callsKey(hash), ...callIds));
  }
}
