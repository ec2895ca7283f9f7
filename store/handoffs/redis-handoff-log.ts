import type { CallId } from '../../infra/brand.ts';
import type { RedisLink } from '../../infra/redis.ts';
import { type Page, type PageQuery, pageOf } from '../paging.ts';
import { redisScan } from '../redis-scan.ts';
import { plainVault } from '../vault.ts';
import type { HandoffArchive, HandoffLog } from './log.ts';
import type { HandoffRecord } from './record.ts';
import { type RecordCodec, recordCodec } from './record-codec.ts';
import { isWordless } from './words.ts';

// One slot for all: records by id, and their ids by time of request, of all calls and of each.
const recordKey = (id: string): string => `tl:{handoffs}:record:${id}`;
const indexKey = (callId?: string): string => (callId === undefined ? 'tl:{handoffs}:all' : `tl:{handoffs}:call:${callId}`);
/** Ids of those in which words are left. */
const wordedKey = 'tl:{handoffs}:worded';

export interface HandoffLogOptions {
  readonly keepDays: number;
  /** By default nothing is sealed. */
  readonly codec?: RecordCodec;
}

export class RedisHandoffLog implements HandoffLog, HandoffArchive {
  readonly #link: RedisLink;
  readonly #keepSeconds: number;
  readonly #codec: RecordCodec;

  constructor(link: RedisLink, { keepDays, codec = recordCodec(plainVault) }: HandoffLogOptions) {
    this.#link = link;
    this.#keepSeconds = Math.round(keepDays * 86_400);
    this.#codec = codec;
  }

  async write(record: HandoffRecord): Promise<void> {
    const at = Date.parse(record.requestedAt);
    const text = await this.#codec.encode(record);
    const oldest = at - this.#keepSeconds * 1_000;
    await this.#link.call('record a handoff', (client) => {
      const change = client
        .multi()
        .set(recordKey(record.id), text, 'EX', this.#keepSeconds)
        .zadd(indexKey(), at, record.id)
        .zremrangebyscore(indexKey(), '-inf', oldest)
        .zadd(indexKey(record.callId), at, record.id)
        .expire(indexKey(record.callId), this.#keepSeconds);
      return (isWordless(record) ? change.zrem(wordedKey, record.id) : change.zadd(wordedKey, at, record.id)).exec();
    });
  }

  async list({ limit, callId }: { readonly limit: number; readonly callId?: string }): Promise<readonly HandoffRecord[]> {
    const stored = await this.#link.call('list handoffs', async (client) => {
      const ids = await client.zrevrange(indexKey(callId), 0, limit - 1);
      return ids.length === 0 ? [] : await client.mget(ids.map(recordKey));
    });
    return await this.#codec.decode(stored.filter((text) => text !== null));
  }

  async worded(before: string, limit: number): Promise<readonly HandoffRecord[]> {
    const stored = await this.#link.call('list old handoffs', async (client) => {
      const ids = await client.zrangebyscore(wordedKey, '-inf', `(${Date.parse(before)}`, 'LIMIT', 0, limit);
      const texts = ids.length === 0 ? [] : await client.mget(ids.map(recordKey));
      const gone = ids.filter((_, index) => texts[index] === null);
      if (gone.length > 0) await client.zrem(wordedKey, ...gone);
      return texts;
    });
    return await this.#codec.decode(stored.filter((text) => text !== null));
  }

  async erase(callIds: readonly CallId[]): Promise<void> {
    await this.#link.call('erase handoffs', async (client) => {
      for (const callId of callIds) {
        const ids = await client.zrange(indexKey(callId), '0', '-1');
        if (ids.length > 0)
          await client
            .multi()
            .del(...ids.map(recordKey), indexKey(callId))
            .zrem(indexKey(), ...ids)
            .zrem(wordedKey, ...ids)
            .exec();
      }
    });
  }

  async page(query: PageQuery<HandoffRecord>): Promise<Page<HandoffRecord>> {
    const list = { what: 'list handoffs', index: indexKey(), keyOf: recordKey };
    return await pageOf({ scan: redisScan(this.#link, list), decode: this.#codec.decodeOne }, query);
  }
}
