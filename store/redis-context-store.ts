import { type CallId, parseCallId, type Term, term, wallTime } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { RedisClient, RedisLink } from '../infra/redis.ts';
import { appendScript, claimScript } from './append-script.ts';
import { decodeLog, encodeEvent } from './context/wire.ts';
import type { Append, AppendResult, CallSummary, Claim, ContextStore, StoredCall, UnfinishedCall } from './context-store.ts';

const recentKey = 'tl:recent'; // sorted set: call id by wall time of its last append
const keptRecent = 1_000;
const unfinishedKey = 'tl:unfinished'; // the same, of all calls that are not finished

/** Both keys of a call are in one slot of a Cluster. */
const logKey = (callId: CallId): string => `tl:{${callId}}:log`;
const headKey = (callId: CallId): string => `tl:{${callId}}:head`;

const strings = (reply: unknown): readonly string[] => (Array.isArray(reply) ? reply.map(String) : []);

const replyTerm = (text: string | null | undefined): Term => term(Number(text ?? 0));

export class RedisContextStore implements ContextStore {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #keepSeconds: string;

  constructor(link: RedisLink, options: { readonly clock: Clock; readonly keepDays: number }) {
    this.#link = link;
    this.#clock = options.clock;
    this.#keepSeconds = String(Math.round(options.keepDays * 86_400));
  }

  async claim(callId: CallId, owner: string): Promise<Claim> {
    const keys = [logKey(callId), headKey(callId)];
    this.#note('list an unfinished call', (client) => client.zadd(unfinishedKey, this.#clock.wall(), callId));
    const reply = await this.#link.script('claim a call', claimScript, { keys, values: [owner, this.#keepSeconds] });
    const [claimed, ...stored] = strings(reply);
    return { kind: 'claimed', term: replyTerm(claimed), ...decodeLog(stored) };
  }

  async append({ callId, term: ofTerm, owner, events }: Append): Promise<AppendResult> {
    const [first] = events;
    if (first === undefined) return { kind: 'appended' };
    const values = [String(ofTerm), owner, String(first.seq), this.#keepSeconds, ...events.map(encodeEvent)];
    const keys = [logKey(callId), headKey(callId)];
    this.#touch(callId);
    const reply = await this.#link.script('append to a call', appendScript, { keys, values });
    const [kind, detail, storedOwner] = strings(reply);
    if (kind === 'stale') return { kind, term: replyTerm(detail), owner: storedOwner ?? '' };
    if (kind === 'gap') return { kind, lastSeq: Number(detail) };
    return { kind: 'appended' };
  }

  async load(callId: CallId): Promise<StoredCall | undefined> {
    const [head, stored] = await this.#link.call('load a call', (client) =>
      Promise.all([client.hmget(headKey(callId), 'term', 'owner'), client.lrange(logKey(callId), 0, -1)]),
    );
    const [storedTerm, owner] = head;
    if (storedTerm === null || storedTerm === undefined) return undefined;
    return { callId, term: replyTerm(storedTerm), owner: owner ?? '', ...decodeLog(stored) };
  }

  async recent(limit: number): Promise<readonly CallSummary[]> {
    const ids = await this.#link.call('list calls', (client) => client.zrevrange(recentKey, 0, limit - 1));
    const summaries = await Promise.all(ids.flatMap((id) => parseCallId(id) ?? []).map((id) => this.#summary(id)));
    return summaries.filter((summary) => summary !== undefined);
  }

  async ping(): Promise<void> {
    await this.#link.call('take a write', (client) => client.set('tl:ping', '1', 'EX', 60));
  }

  async close(): Promise<void> {
    this.#link.close();
  }

  async #summary(callId: CallId): Promise<CallSummary | undefined> {
    const [head, lastSeq] = await this.#link.call('list calls', (client) =>
      Promise.all([client.hmget(headKey(callId), 'term', 'owner'), client.llen(logKey(callId))]),
    );
    const [storedTerm, owner] = head;
    if (storedTerm === null || storedTerm === undefined) return undefined; // expired since
    return { callId, term: replyTerm(storedTerm), owner: owner ?? '', lastSeq };
  }

  async unfinished({
    untouchedForMs,
    limit,
  }: {
    untouchedForMs: number;
    limit: number;
  }): Promise<readonly UnfinishedCall[]> {
    const until = this.#clock.wall() - untouchedForMs;
    const found = await this.#link.call('list unfinished calls', (client) =>
      client.zrangebyscore(unfinishedKey, '-inf', until, 'WITHSCORES', 'LIMIT', 0, limit),
    );
    return found.flatMap((id, index) => {
      const callId = index % 2 === 0 ? parseCallId(id) : undefined;
      return callId === undefined ? [] : [{ callId, touchedAt: wallTime(Number(found[index + 1])) }];
    });
  }

  async finish(callId: CallId): Promise<void> {
    await this.#link.call('finish a call', (client) => client.zrem(unfinishedKey, callId));
  }

  #touch(callId: CallId): void {
    const now = this.#clock.wall();
    this.#note('list a call', (client) =>
      Promise.all([
        client.zadd(unfinishedKey, now, callId),
        client.zadd(recentKey, now, callId),
        client.zremrangebyrank(recentKey, 0, -1 - keptRecent),
      ]),
    );
  }

  /**
   * Best effort, and nobody waits for it: lists of calls are in other slots than the calls, maybe on a node that is away, so they can't be part
   * of a claim or an append. It is sent before them: a call that is stored is listed, unless that node was away.
   */
  #note(what: string, command: (client: RedisClient) => Promise<unknown>): void {
    this.#link.call(what, command).catch(() => {}); // the next append does it again
  }
}
