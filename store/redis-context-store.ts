import { type CallId, parseCallId, type Term, term } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { RedisLink } from '../infra/redis.ts';
import { appendScript, claimScript } from './append-script.ts';
import { decodeLog, encodeEvent } from './context/wire.ts';
import type { Append, AppendResult, CallSummary, Claim, ContextStore, StoredCall } from './context-store.ts';

const recentKey = 'tl:recent'; // sorted set: call id by wall time of its last append
const keptRecent = 1_000;

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
    const reply = await this.#link.script('claim a call', claimScript, { keys, values: [owner, this.#keepSeconds] });
    const [claimed, ...stored] = strings(reply);
    return { kind: 'claimed', term: replyTerm(claimed), ...decodeLog(stored) };
  }

  async append({ callId, term: ofTerm, owner, events }: Append): Promise<AppendResult> {
    const [first] = events;
    if (first === undefined) return { kind: 'appended' };
    const values = [String(ofTerm), owner, String(first.seq), this.#keepSeconds, ...events.map(encodeEvent)];
    const keys = [logKey(callId), headKey(callId)];
    const appended = this.#link.script('append to a call', appendScript, { keys, values });
    this.#touch(callId);
    const reply = await appended;
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

  /**
   * Best effort, and nobody waits for it: the list of recent calls is in another slot than the call, maybe on a node that is away, so
   * it can't be part of the append.
   */
  #touch(callId: CallId): void {
    const listed = this.#link.call('list a call', (client) =>
      Promise.all([
        client.zadd(recentKey, this.#clock.wall(), callId),
        client.zremrangebyrank(recentKey, 0, -1 - keptRecent),
      ]),
    );
    listed.catch(() => {}); // the next append lists it
  }
}
