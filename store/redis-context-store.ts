import { type CallId, parseCallId, type Term, term, type WallTime, wallTime } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { RedisClient, RedisLink } from '../infra/redis.ts';
import { appendScript, claimScript, eraseScript, rewriteScript } from './append-script.ts';
import { type CallArchive, erasedOwner, type RewrittenLog } from './call-archive.ts';
import type { Append, AppendResult, CallSummary, Claim, ContextStore, StoredCall, UnfinishedCall } from './context-store.ts';
import { FreshAppends } from './fresh-appends.ts';
import { type LogCodec, logCodec } from './log-codec.ts';
import { UnsureAttempts } from './unsure-attempts.ts';
import { plainVault } from './vault.ts';

// Sorted sets: call id by wall time of its last append. All of them, and those whose words are still there.
const recentKey = 'tl:recent';
const wordedKey = 'tl:worded';
const unfinishedKey = 'tl:unfinished'; // the same, of all calls that are not finished

/** Both keys of a call are in one slot of a Cluster. */
const logKey = (callId: CallId): string => `tl:{${callId}}:log`;
const headKey = (callId: CallId): string => `tl:{${callId}}:head`;

const strings = (reply: unknown): readonly string[] => (Array.isArray(reply) ? reply.map(String) : []);

const replyTerm = (text: string | null | undefined): Term => term(Number(text ?? 0));

/** The head of a call that was erased has no events, and says so. */
const wasErased = (lastSeq: number, mark: string | null | undefined) => (mark === 'erased' ? { erased: { lastSeq } } : {});

/** Takes a call off all lists. */
const unlist = (client: RedisClient, callId: CallId): Promise<unknown> =>
  Promise.all([recentKey, wordedKey, unfinishedKey].map((key) => client.zrem(key, callId)));

export interface ContextStoreOptions {
  readonly clock: Clock;
  readonly keepDays: number;
  /** By default nothing is sealed. */
  readonly codec?: LogCodec;
}

export class RedisContextStore implements ContextStore, CallArchive {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  readonly #keepSeconds: number;
  readonly #codec: LogCodec;
  readonly #unsure = new UnsureAttempts();
  readonly #fresh: FreshAppends;

  constructor(link: RedisLink, { clock, keepDays, codec = logCodec(plainVault) }: ContextStoreOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#keepSeconds = Math.round(keepDays * 86_400);
    this.#codec = codec;
    this.#fresh = new FreshAppends({ clock, append: (batch) => this.append(batch) });
    link.onReturn(() => this.#fresh.sendAgain());
  }

  async claim(callId: CallId, owner: string): Promise<Claim> {
    const keys = [logKey(callId), headKey(callId)];
    this.#note('list an unfinished call', (client) => client.zadd(unfinishedKey, this.#clock.wall(), callId));
    const values = [owner, String(this.#keepSeconds)];
    const reply = await this.#unsure.attempt(`${callId} ${owner}`, (attempt) =>
      this.#link.script('claim a call', claimScript, { keys, values: [...values, attempt] }),
    );
    const [claimed, ...stored] = strings(reply);
    return { kind: 'claimed', term: replyTerm(claimed), ...(await this.#codec.decode(callId, stored)) };
  }

  async append({ callId, term: ofTerm, owner, events }: Append): Promise<AppendResult> {
    const [first] = events;
    if (first === undefined) return { kind: 'appended' };
    const texts = await this.#codec.encode(callId, events);
    const values = [String(ofTerm), owner, String(first.seq), String(this.#keepSeconds), ...texts];
    const keys = [logKey(callId), headKey(callId)];
    this.#touch(callId);
    const reply = await this.#link.script('append to a call', appendScript, { keys, values });
    const [kind, detail, storedOwner] = strings(reply);
    if (kind === 'stale') {
      if (storedOwner === erasedOwner) this.#note('unlist a call', (client) => unlist(client, callId));
      return { kind, term: replyTerm(detail), owner: storedOwner ?? '' };
    }
    if (kind === 'gap') return { kind, lastSeq: Number(detail) };
    this.#fresh.took({ callId, term: ofTerm, owner, events });
    return { kind: 'appended' };
  }

  async load(callId: CallId): Promise<StoredCall | undefined> {
    const [head, stored] = await this.#link.call('load a call', (client) =>
      Promise.all([client.hmget(headKey(callId), 'term', 'owner', 'mark'), client.lrange(logKey(callId), 0, -1)]),
    );
    const [storedTerm, owner, mark] = head;
    if (storedTerm === null || storedTerm === undefined) return undefined;
    const log = await this.#codec.decode(callId, stored);
    return { callId, term: replyTerm(storedTerm), owner: owner ?? '', ...wasErased(stored.length, mark), ...log };
  }

  async recent(limit: number): Promise<readonly CallSummary[]> {
    const ids = await this.#link.call('list calls', (client) => client.zrevrange(recentKey, 0, limit - 1));
    const summaries = await Promise.all(ids.flatMap((id) => parseCallId(id) ?? []).map((id) => this.#summary(id)));
    return summaries.filter((summary) => summary !== undefined);
  }

  async worded(
    before: WallTime,
    { limit, skip = 0 }: { readonly limit: number; readonly skip?: number },
  ): Promise<readonly CallId[]> {
    const ids = await this.#link.call('list old calls', (client) =>
      client.zrangebyscore(wordedKey, '-inf', `(${before}`, 'LIMIT', skip, limit),
    );
    return ids.flatMap((id) => parseCallId(id) ?? []);
  }

  async rewrite({ callId, lastSeq, events }: RewrittenLog): Promise<boolean> {
    const keys = [logKey(callId), headKey(callId)];
    const texts = events.length === 0 ? [] : await this.#codec.encode(callId, events);
    const places = Array.from({ length: lastSeq }, () => '');
    for (const [index, { seq }] of events.entries()) places[seq - 1] = texts[index] ?? '';
    const done = await this.#link.script('rewrite a call', rewriteScript, { keys, values: places });
    if (done === 1) await this.#link.call('list a call', (client) => client.zrem(wordedKey, callId));
    return done === 1;
  }

  async erase(callIds: readonly CallId[]): Promise<void> {
    for (const callId of callIds) {
      this.#fresh.forget(callId);
      const keys = [logKey(callId), headKey(callId)];
      await this.#link.script('erase a call', eraseScript, { keys, values: [erasedOwner] });
      await this.#link.call('erase a call', (client) => unlist(client, callId));
    }
  }

  /** Redis forgets the calls themselves. */
  async forgetOld(): Promise<number> {
    const before = this.#clock.wall() - this.#keepSeconds * 1_000;
    const [old] = await this.#link.call('forget old calls', (client) =>
      Promise.all([recentKey, wordedKey].map((key) => client.zremrangebyscore(key, '-inf', before))),
    );
    return old ?? 0;
  }

  async ping(): Promise<void> {
    await this.#link.call('take a write', (client) => client.set('tl:ping', '1', 'EX', 60));
  }

  async close(): Promise<void> {
    this.#fresh.stop();
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
        client.zadd(wordedKey, now, callId),
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
