import { Cluster } from 'ioredis';
import type { Milliseconds } from '../brand.ts';
import type { Clock } from '../clock.ts';
import type { RedisClient } from '../redis.ts';

/** What jobs leave to calls, which may be in the same Redis: of a full one they are refused first. */
const mostUsed = 0.9;
const lookEveryMs = 1_000;

/** How full a Redis is, by what it says of its `maxmemory`, asked for once a second at most. */
export class Headroom {
  readonly #clock: Clock;
  #askedAt: Milliseconds | undefined;
  #share = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether there is room for one more job. One without a limit has. */
  async isLeft(client: RedisClient): Promise<boolean> {
    const now = this.#clock.now();
    if (this.#askedAt === undefined || now - this.#askedAt >= lookEveryMs) {
      this.#askedAt = now;
      const servers = client instanceof Cluster ? client.nodes('master') : [client];
      this.#share = Math.max(0, ...(await Promise.all(servers.map(async (server) => shareOf(await server.info('memory'))))));
    }
    return this.#share < mostUsed;
  }
}

const shareOf = (info: string): number => {
  const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const most = field('maxmemory');
  return most === 0 ? 0 : field('used_memory') / most;
};
