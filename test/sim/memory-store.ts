import { type CallId, term as toTerm, type WallTime, wallTime } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type {
  Append,
  AppendResult,
  CallSummary,
  Claim,
  ContextStore,
  StoredCall,
  UnfinishedCall,
} from '../../store/context-store.ts';

interface Log {
  term: number;
  owner: string;
  readonly events: ContextEvent[];
  touchedAt: WallTime;
}

/** A context store of one process: a stand-in for the simulation, where nothing may depend on threads or sockets. */
export class MemoryStore implements ContextStore {
  readonly #clock: Clock;
  readonly #logs = new Map<CallId, Log>();
  readonly #unfinished = new Set<CallId>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A store that has all of it, and shares nothing. */
  copy(): MemoryStore {
    const copy = new MemoryStore(this.#clock);
    for (const [callId, log] of this.#logs) copy.#logs.set(callId, { ...log, events: [...log.events] });
    for (const callId of this.#unfinished) copy.#unfinished.add(callId);
    return copy;
  }

  async claim(callId: CallId, owner: string): Promise<Claim> {
    this.#mustBeOpen();
    const log = this.#logs.get(callId) ?? { term: 0, owner, events: [], touchedAt: wallTime(0) };
    log.term += 1;
    log.owner = owner;
    log.touchedAt = this.#clock.wall();
    this.#logs.set(callId, log);
    this.#unfinished.add(callId);
    return { kind: 'claimed', term: toTerm(log.term), events: [...log.events] };
  }

  async append({ callId, term, owner, events }: Append): Promise<AppendResult> {
    this.#mustBeOpen();
    const known = this.#logs.get(callId);
    const log = known ?? { term, owner, events: [], touchedAt: wallTime(0) };
    if (term < log.term || (term === log.term && owner !== log.owner))
      return { kind: 'stale', term: toTerm(log.term), owner: log.owner };
    const lastSeq = log.events.length;
    const first = events[0]?.seq ?? lastSeq + 1;
    if (first > lastSeq + 1) return { kind: 'gap', lastSeq };
    log.term = term;
    log.owner = owner;
    log.events.push(...events.filter(({ seq }) => seq > lastSeq));
    log.touchedAt = this.#clock.wall();
    this.#logs.set(callId, log);
    this.#unfinished.add(callId);
    return { kind: 'appended' };
  }

  async load(callId: CallId): Promise<StoredCall | undefined> {
    this.#mustBeOpen();
    const log = this.#logs.get(callId);
    return log && { callId, term: toTerm(log.term), owner: log.owner, events: [...log.events] };
  }

  async recent(limit: number): Promise<readonly CallSummary[]> {
    this.#mustBeOpen();
    return [...this.#logs]
      .filter(([, { events }]) => events.length > 0)
      .sort(([, one], [, other]) => other.touchedAt - one.touchedAt)
      .slice(0, limit)
      .map(([callId, { term, owner, events }]) => ({ callId, term: toTerm(term), owner, lastSeq: events.length }));
  }

  async unfinished({
    untouchedForMs,
    limit,
  }: Parameters<ContextStore['unfinished']>[0]): Promise<readonly UnfinishedCall[]> {
    this.#mustBeOpen();
    const before = this.#clock.wall() - untouchedForMs;
    return [...this.#logs]
      .filter(([callId, { touchedAt }]) => this.#unfinished.has(callId) && touchedAt <= before)
      .sort(([, one], [, other]) => one.touchedAt - other.touchedAt)
      .slice(0, limit)
      .map(([callId, { touchedAt }]) => ({ callId, touchedAt }));
  }

  async finish(callId: CallId): Promise<void> {
    this.#mustBeOpen();
    this.#unfinished.delete(callId);
  }

  async ping(): Promise<void> {
    this.#mustBeOpen();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new ThroughlineError('store-unavailable', 'the store is closed');
  }
}
