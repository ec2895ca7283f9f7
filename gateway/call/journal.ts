import { type CallId, ms, type Term, term as toTerm, type WallTime } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import { type ContextBundle, emptyBundle } from '../../store/context/bundle.ts';
import type { ContextEvent, ContextFact } from '../../store/context/event.ts';
import { foldCall, foldEvent } from '../../store/context/fold.ts';
import type { AppendResult, Claim, ContextStore } from '../../store/context-store.ts';
import type { Backlog } from './backlog.ts';
import type { CallBacklog, Thinning } from './call-backlog.ts';

export interface JournalOptions {
  readonly callId: CallId;
  readonly owner: string;
  readonly store: ContextStore;
  readonly clock: Clock;
  /** Bounds what waits for the store; without it nothing does. */
  readonly backlog?: Backlog | undefined;
  /** Another term owns the call: this node falls silent. */
  readonly onSuperseded: () => void;
  /** The store failed; it is tried again by itself. */
  readonly onTrouble: (error: unknown) => void;
  /** Every event that has its place in the log, in order. */
  readonly onEvent: (event: ContextEvent) => void;
  /** A fact became known here and now, and the bundle has it. */
  readonly onFact: (fact: ContextFact) => void;
}

const nameOf = ({ term, seq }: ContextEvent): string => `${term} ${seq}`;

/** Most events of one append, and characters of them: keeps a batch small after a long outage, so that a slow store can take it in time. */
const batchSize = 200;
const batchCharacters = 256_000;
const retryDelays = [100, 250, 500, 1_000, 2_000];

const lostEvents = (had: number, lastSeq: number): ThroughlineError =>
  new ThroughlineError(
    'store-lost-events',
    'The store lost events of an earlier owner, which this node cannot send again.',
    {
      facts: { had, lastSeq },
    },
  );

/** What a node still has in memory of a call whose stream was lost. */
export interface Legacy {
  readonly bundle: ContextBundle;
  /** Events that the store has not taken. */
  readonly unstored: readonly ContextEvent[];
}

interface Waiter {
  /** Events of this term that must be stored. */
  readonly events: number;
  readonly settle: (stored: boolean) => void;
}

/**
 * The call's log as its owner writes it: facts become numbered events and fold into the bundle at once, in memory; storing them
 * follows behind, in order, and is tried again for as long as the store is away. Nothing on the path of speech awaits it.
 */
export class Journal {
  readonly #options: JournalOptions;
  #bundle: ContextBundle;
  /**
   * All events, or those behind what could not be read in full; before the claim, those that will be. `#base` is the seq before the first. Those of earlier
   * owners are among them: a replica that takes over may have missed them, too.
   */
  #events: ContextEvent[] = [];
  /** The bundle before the first of them; undefined: not known. */
  #ground: ContextBundle | undefined;
  #base = 0;
  #storedSeq = 0;
  #owning:
    | { readonly kind: 'claiming' | 'stale' }
    | { readonly kind: 'owned'; readonly term: Term; readonly damaged: boolean } = { kind: 'claiming' };
  readonly #backlog: CallBacklog | undefined;
  /** Events of earlier terms that the store has: `<term> <seq>`. */
  #earlier: ReadonlySet<string> = new Set();
  #pump: Promise<void> | undefined;
  readonly #waiters = new Set<Waiter>();

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#bundle = emptyBundle(options.callId);
    this.#ground = this.#bundle;
    this.#backlog = options.backlog?.open({
      events: () => this.#unstored(),
      replace: (events, thinning) => this.#condensed(events, thinning),
      effectOf: (id) => this.#bundle.toolCalls.findLast(({ toolCallId }) => toolCallId === id)?.effect,
    });
  }

  /** All that is known of the call. */
  get bundle(): ContextBundle {
    return this.#bundle;
  }

  /** The term in which this node owns the call; undefined until the store granted it. */
  get term(): Term | undefined {
    return this.#owning.kind === 'owned' ? this.#owning.term : undefined;
  }

  /** Which call's it is. */
  get callId(): CallId {
    return this.#options.callId;
  }

  /** Whether this node stores no more of it: another one owns the call, or it was given up. */
  get isGivenUp(): boolean {
    return this.#owning.kind === 'stale';
  }

  /** Whether this node has the call, or will claim it for what it has noted. */
  get hasBegun(): boolean {
    return this.#owning.kind === 'owned' || (this.#owning.kind === 'claiming' && this.#events.length > 0);
  }

  /** Whether what earlier terms knew could not be read in full. */
  get damaged(): boolean {
    return this.#owning.kind === 'owned' && this.#owning.damaged;
  }

  /**
   * Claims the call, again and again until it is granted. Resolves when the bundle holds what earlier terms knew. `isOver`: the call
   * is over here before it was granted; with nothing to store it is somebody else's.
   */
  async claim(isOver: () => boolean = () => false): Promise<void> {
    for (let attempt = 0; this.#owning.kind === 'claiming'; attempt += 1) {
      if (isOver() && this.#events.length === 0) {
        this.#backlog?.close();
        return;
      }
      try {
        const { store, callId, owner } = this.#options;
        const claim = await store.claim(callId, owner);
        this.#own(claim);
        if (isOver()) this.#staysEnded(claim);
        return;
      } catch (error) {
        this.#backlog?.failed(error);
        if (attempt === 0) this.#options.onTrouble(error);
        await this.#pause(attempt);
      }
    }
  }

  /** What this node still has in memory of the call: goes until the claim is granted, which then tells the truth. */
  inherit({ bundle, unstored }: Legacy): void {
    if (this.#owning.kind === 'owned') for (const event of unstored) this.#append(event, event.at);
    if (this.#owning.kind !== 'claiming' || this.#events.length > 0) return;
    this.#events = [...unstored];
    this.#bundle = bundle;
    this.#ground = undefined;
    this.#base = bundle.version - unstored.length;
    this.#storedSeq = this.#base;
    this.#backlog?.set(unstored);
  }

  /** Stops trying to store what is not stored yet. */
  abandon(): void {
    this.#silence();
    this.#settleWaiters();
  }

  #silence(): void {
    this.#owning = { kind: 'stale' };
    this.#backlog?.close();
  }

  /** Passes the call on to another journal of this node: what is known of it, and what the store has not taken yet. Writes no more. */
  handOver(): Legacy {
    const unstored = this.#unstored();
    this.abandon();
    return { bundle: this.#bundle, unstored };
  }

  #own({ term, events: earlier, damage, erased }: Claim): void {
    if (this.#owning.kind !== 'claiming') return;
    this.#owning = { kind: 'owned', term, damaged: damage !== undefined };
    const noted = this.#events;
    const lost = damage ?? erased;
    this.#base = lost?.lastSeq ?? 0;
    this.#storedSeq = lost?.lastSeq ?? earlier.length;
    this.#bundle = foldCall(this.#options.callId, earlier);
    this.#ground = lost === undefined ? emptyBundle(this.#options.callId) : this.#bundle;
    this.#earlier = new Set(earlier.map(nameOf));
    this.#events = lost === undefined ? [...earlier] : [];
    this.#backlog?.set([]);
    this.#backlog?.took(0);
    for (const event of noted) this.#append(event, event.at);
  }

  /** It was over here before it was granted, and others had written down how it ended: what was told behind that opens it for nobody. */
  #staysEnded({ events }: Claim): void {
    const end = events.findLast(({ type }) => type === 'call-ended');
    const wasOver = foldCall(this.#options.callId, events).ended !== undefined;
    if (!wasOver || end?.type !== 'call-ended' || this.#bundle.ended !== undefined) return;
    const { reason, resolved, owesGoodbye } = end;
    this.note({ type: 'call-ended', reason, resolved, owesGoodbye });
  }

  #unstored(): readonly ContextEvent[] {
    return this.#events.slice(Math.max(0, this.#storedSeq - this.#base));
  }

  /** What waits was shortened: from now on the bundle knows no more than the store will, and the log says so. */
  #condensed(events: readonly ContextEvent[], { results, words, saved }: Thinning): void {
    this.#events.splice(this.#events.length - events.length, events.length, ...events);
    if (this.#ground !== undefined) this.#bundle = this.#events.reduce(foldEvent, this.#ground);
    this.note({ type: 'log-condensed', results, words, characters: saved });
  }

  /** Writes a fact down; `at` is when it happened (speech: when it started), by default now. Returns its seq. */
  note(fact: ContextFact, at: WallTime = this.#options.clock.wall()): number {
    const seq = this.#append(fact, at);
    this.#options.onFact(fact);
    return seq;
  }

  /** What is inherited may have been stored all the same, when only the store's answer was lost; and a call that is over does not end again. */
  #isRepeated(fact: ContextFact | ContextEvent): boolean {
    if ('seq' in fact && this.#earlier.has(nameOf(fact))) return true;
    return fact.type === 'call-ended' && this.#bundle.ended !== undefined;
  }

  #append(fact: ContextFact | ContextEvent, at: WallTime): number {
    if (this.#isRepeated(fact)) return this.#base + this.#events.length;
    const seq = this.#base + this.#events.length + 1;
    const event: ContextEvent = { ...fact, seq, term: this.term ?? toTerm(0), at };
    this.#events.push(event);
    if (this.#owning.kind !== 'claiming') this.#options.onEvent(event);
    this.#bundle = foldEvent(this.#bundle, event);
    if (this.#owning.kind !== 'stale') this.#backlog?.add(event);
    if (this.#owning.kind === 'owned') this.#pump ??= this.#store();
    return seq;
  }

  /** Whether everything noted so far is stored; false when the store didn't take it within `limit` ms. */
  stored(limit: number): Promise<boolean> {
    const events = this.#events.length;
    if (this.#owning.kind === 'stale') return Promise.resolve(false);
    if (this.#storedSeq - this.#base >= events) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (stored: boolean) => {
        this.#waiters.delete(waiter);
        cancel();
        resolve(stored);
      };
      const waiter = { events, settle };
      const cancel = this.#options.clock.after(ms(limit), () => settle(false));
      this.#waiters.add(waiter);
    });
  }

  async #store(): Promise<void> {
    for (let attempt = 0; this.#owning.kind === 'owned'; ) {
      const events = this.#nextBatch();
      if (events.length === 0) break;
      try {
        const { store, callId, owner } = this.#options;
        const result = await store.append({ callId, term: this.#owning.term, owner, events });
        this.#stored(result, events);
        attempt = result.kind === 'gap' ? attempt + 1 : 0;
        // A store that asks for the same again and again is not asked in a hot loop.
        if (attempt > 1) await this.#pause(attempt - 2);
      } catch (error) {
        this.#backlog?.failed(error);
        if (attempt === 0) this.#options.onTrouble(error);
        await this.#pause(attempt);
        attempt += 1;
      }
    }
    this.#pump = undefined;
  }

  #nextBatch(): readonly ContextEvent[] {
    const from = this.#storedSeq - this.#base;
    const size = Math.min(batchSize, this.#backlog?.within(batchCharacters) ?? batchSize);
    return this.#events.slice(from, from + size);
  }

  #stored(result: AppendResult, batch: readonly ContextEvent[]): void {
    switch (result.kind) {
      case 'appended': {
        const { seq } = batch[batch.length - 1] ?? { seq: this.#storedSeq };
        this.#storedSeq = seq;
        this.#backlog?.took(batch.length);
        break;
      }
      case 'gap': // a replica took over and missed the tail: it gets it again
        if (result.lastSeq < this.#base) this.#claimAgain(result.lastSeq);
        else this.#sendFrom(result.lastSeq);
        break;
      case 'stale':
        this.#silence();
        this.#options.onSuperseded();
    }
    this.#settleWaiters();
  }

  #sendFrom(lastSeq: number): void {
    this.#storedSeq = lastSeq;
    this.#backlog?.set(this.#unstored());
  }

  /** The store lost what earlier owners had written. Ours goes behind what is left, in a term of its own. */
  #claimAgain(lastSeq: number): void {
    this.#options.onTrouble(lostEvents(this.#base, lastSeq));
    this.#owning = { kind: 'claiming' };
    void this.#pause(retryDelays.length).then(() => this.claim());
  }

  #settleWaiters(): void {
    for (const waiter of [...this.#waiters]) {
      if (this.#owning.kind === 'stale') waiter.settle(false);
      else if (this.#owning.kind === 'owned' && this.#storedSeq - this.#base >= waiter.events) waiter.settle(true);
    }
  }

  #pause(attempt: number): Promise<void> {
    const delay = retryDelays[Math.min(attempt, retryDelays.length - 1)] ?? 0;
    return new Promise((resolve) => this.#options.clock.after(ms(delay), resolve));
  }
}
