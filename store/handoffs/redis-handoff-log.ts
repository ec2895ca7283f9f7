import type { RedisLink } from '../../infra/redis.ts';
import { type Page, type PageQuery, pageOf } from '../paging.ts';
import { redisScan } from '../redis-scan.ts';
import type { HandoffLog } from './log.ts';
import type { HandoffRecord } from './record.ts';
import { decodeRecord, encodeRecord } from './wire.ts';

// One slot for all: records by id, and their ids by time of request, of all calls and of each.
const recordKey = (id: string): string => `tl:{handoffs}:record:${id}`;
const indexKey = (callId?: string): string => (callId === undefined ? 'tl:{handoffs}:all' : `tl:{handoffs}:call:${callId}`);

export class RedisHandoffLog implements HandoffLog {
  readonly #link: RedisLink;
  readonly #keepSeconds: number;

  constructor(link: RedisLink, options: { readonly keepDays: number }) {
    this.#link = link;
    this.#keepSeconds = Math.round(options.keepDays * 86_400);
  }

  async write(record: HandoffRecord): Promise<void> {
    const at = Date.parse(record.requestedAt);
    await this.#link.call('record a handoff', (client) =>
      client
        .multi()
        .set(recordKey(record.id), encodeRecord(record), 'EX', this.#keepSeconds)
        .zadd(indexKey(), at, record.id)
        .zremrangebyscore(indexKey(), '-inf', at - this.#keepSeconds * 1_000)
        .zadd(indexKey(record.callId), at, record.id)
        .expire(indexKey(record.callId), this.#keepSeconds)
        .exec(),
    );
  }

  async list({ limit, callId }: { readonly limit: number; readonly callId?: string }): Promise<readonly HandoffRecord[]> {
    return await this.#link.call('list handoffs', async (client) => {
      const ids = await client.zrevrange(indexKey(callId), 0, limit - 1);
      const stored = ids.length === 0 ? [] : await client.mget(ids.map(recordKey));
      return stored.flatMap((text) => (text === null ? [] : (decodeRecord(text) ?? [])));
    });
  }

  async page(query: PageQuery<HandoffRecord>): Promise<Page<HandoffRecord>> {
    return await pageOf(
      redisScan(this.#link, { what: 'list handoffs', index: indexKey(), keyOf: recordKey, decode: decodeRecord }),
      query,
    );
  }
}
