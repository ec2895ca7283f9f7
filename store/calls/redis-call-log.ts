import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { RedisLink } from '../../infra/redis.ts';
import { type Page, type PageQuery, pageOf } from '../paging.ts';
import { redisScan } from '../redis-scan.ts';
import type { CallLog } from './call-log.ts';
import type { CallRecord } from './record.ts';
import { decodeCallRecord, encodeCallRecord } from './wire.ts';

// One slot for all: records by id, and their ids by time of start, of all calls and of each caller.
const recordKey = (id: string): string => `tl:{calls}:record:${id}`;
const allKey = 'tl:{calls}:all';
const callerKey = (caller: string): string => `tl:{calls}:caller:${caller}`;

const mostOfCaller = 50;

export class RedisCallLog implements CallLog {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #keepSeconds: number;

  constructor(link: RedisLink, { clock, keepDays }: { readonly clock: Clock; readonly keepDays: number }) {
    this.#link = link;
    this.#clock = clock;
    this.#keepSeconds = Math.round(keepDays * 86_400);
  }

  async write(record: CallRecord): Promise<void> {
    const { callId, caller } = record;
    const at = Date.parse(record.startedAt);
    const oldest = this.#clock.wall() - this.#keepSeconds * 1_000;
    await this.#link.call('record a call', async (client) => {
      const before = await client.get(recordKey(callId));
      const known = before === null ? undefined : decodeCallRecord(before);
      const batch = client
        .multi()
        .set(recordKey(callId), encodeCallRecord(record), 'EX', this.#keepSeconds)
        .zadd(allKey, at, callId)
        .zremrangebyscore(allKey, '-inf', `(${oldest}`);
      if (known?.caller != null && known.caller !== caller) batch.zrem(callerKey(known.caller), callId);
      if (caller !== null) batch.zadd(callerKey(caller), at, callId).expire(callerKey(caller), this.#keepSeconds);
      return await batch.exec();
    });
  }

  async get(callId: CallId): Promise<CallRecord | undefined> {
    const stored = await this.#link.call('find a call record', (client) => client.get(recordKey(callId)));
    return stored === null ? undefined : decodeCallRecord(stored);
  }

  async page(query: PageQuery<CallRecord>): Promise<Page<CallRecord>> {
    const list = { what: 'list call records', index: allKey, keyOf: recordKey };
    return await pageOf({ scan: redisScan(this.#link, list), decode: decodeCallRecord }, query);
  }

  async ofCaller(caller: string, from: number): Promise<readonly CallRecord[]> {
    return await this.#link.call("list a caller's calls", async (client) => {
      for (;;) {
        const ids = await client.zrangebyscore(callerKey(caller), from, '+inf', 'LIMIT', 0, mostOfCaller);
        const stored = ids.length === 0 ? [] : await client.mget(ids.map(recordKey));
        // Of a caller who calls often the list outlives records, and would give none of those that are there.
        const gone = ids.filter((_, index) => stored[index] === null);
        if (gone.length > 0) await client.zrem(callerKey(caller), ...gone);
        else return stored.flatMap((text) => (text === null ? [] : (decodeCallRecord(text) ?? [])));
      }
    });
  }
}
