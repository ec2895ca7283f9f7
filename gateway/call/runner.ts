import { firstWordsExpected, openingAsk } from '../../agents/handoff/protocol.ts';
import type { HistoryItem } from '../../agents/session.ts';
import { toolError } from '../../agents/tools/built-in.ts';
import { type Epoch, epoch, type Milliseconds, ms } from '../../infra/brand.ts';
import type { Cancel } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Cause, ContextEvent, Json } from '../../store/context/event.ts';
import { MediaBridge, type Seat } from './bridge.ts';
import { HandoffScribe } from './handoff-scribe.ts';
import type { CallHouse } from './house.ts';
import { Journal, type Legacy } from './journal.ts';
import type { CallFacts, PhoneEvent, PhoneLeg } from './ports.ts';
import type { Around, SeatedSession } from './seated-session.ts';
import { type Place, Seating } from './seating.ts';
import type { CallEffect, CallInput, CallMachine, CallState, EndReason, Step } from './state.ts';
import { Story } from './story.ts';
import { ToolDesk } from './tool-desk.ts';
import { beginCall, transition } from './transition.ts';

/** How long each phase may take before the machine hears `deadline-passed`. Milliseconds. */
const deadlines = { preparing: 4_000, proving: 5_500, draining: 20_000, ending: 30_000 } as const;
/** How long the end of a call waits for the store to take its last events. */
const lastWordsPatienceMs = 5_000;
/** How long the log of a call that is over is kept in memory for a store that is away. */
const giveUpStoringMs = 600_000;
/** How long a resumed call waits for what is known of it. */
const claimPatienceMs = 2_500;

/**
 * One call on this node: takes inputs one at a time, lets the machine decide, and applies the effects through ports. The outcome
 * of everything that takes time comes back as an input with its epoch.
 */
export class CallRunner {
  readonly facts: CallFacts;
  readonly journal: Journal;
  readonly #house: CallHouse;
  readonly #phone: PhoneLeg;
  readonly #bridge: MediaBridge;
  readonly #tools: ToolDesk;
  readonly #scribe: HandoffScribe;
  readonly #story: Story;
  readonly #seating: Seating;
  readonly #around: Around;
  readonly #over = new AbortController();
  readonly #inputs: CallInput[] = [];
  readonly #ended = Promise.withResolvers<EndReason>();
  readonly #deadlines = new Map<string, Cancel>();
  #machine: CallMachine | undefined;
  /** How long the session that was asked for last waits for its turn, in ms. */
  #openingWait = 0;
  #working = false;
  #turns = 0;
  #lastFrameAt: Milliseconds;
  /** What the next session must know about the switch: the transfer's arguments, and whose turn it is. */
  #pending: { readonly accepted: Json; readonly wordsWait: boolean; readonly agentOwes: boolean } = nothingPending;

  constructor(house: CallHouse, phone: PhoneLeg, facts: CallFacts) {
    this.#house = house;
    this.#phone = phone;
    this.facts = facts;
    this.#lastFrameAt = house.clock.now();
    const { clock, store, owner, line } = house;
    const { callId } = facts;
    this.journal = new Journal({
      callId,
      owner,
      store,
      clock,
      onSuperseded: () => this.input({ type: 'term-superseded' }),
      onTrouble: (error) => {
        house.metrics.count('throughline_store_errors_total');
        house.log.warn({ callId, error: messageOf(error) }, 'the store does not take this call; it goes on from memory');
      },
      onEvent: (event) => this.#tellWatcher(event),
    });
    this.#story = new Story(this.journal, phone.streamId);
    this.#seating = new Seating(house, this.journal);
    this.#bridge = new MediaBridge({
      phone,
      clock,
      onFrame: () => {
        this.#lastFrameAt = clock.now();
      },
      onHeard: (epoch, heard) =>
        this.#story.tell({ type: 'agent-heard', heard: { ...heard, item: this.#story.name(epoch, heard.item) } }),
    });
    this.#tools = new ToolDesk({
      line,
      clock,
      journal: this.journal,
      signal: this.#over.signal,
      isOpen: (seat) => this.#seating.get(seat.epoch)?.seat === seat,
      hasTools: (seat) => this.#seating.get(seat.epoch)?.safeMode === false,
      turns: () => this.#turns,
      onHandoff: (seat, { to, handoff, accepted }) => {
        this.#pending = { ...this.#pending, accepted };
        this.input({ type: 'handoff-requested', epoch: seat.epoch, to, handoff });
      },
      guardAsync: (work) => this.#guardAsync(work),
      onLateResult: (from, result) => this.#onLateResult(from, result),
      onEnd: (seat, resolved) => {
        this.input({ type: 'end-requested', epoch: seat.epoch, resolved });
        this.#maybeGoodbye();
      },
    });
    this.#scribe = new HandoffScribe(house, this.journal, callId);
    this.#around = this.#makeAround();
    phone.events.listen((event) => this.#guard(() => this.#onPhone(event)));
  }

  #makeAround(): Around {
    const { clock, log, metrics } = this.#house;
    return {
      clock,
      bridge: this.#bridge,
      tools: this.#tools,
      story: this.#story,
      input: (input) => this.input(input),
      guard: (act) => this.#guard(act),
      onTurn: () => {
        this.#turns += 1;
      },
      mayInterrupt: (epoch) => this.#mayInterrupt(epoch),
      onQuiet: () => this.#maybeGoodbye(),
      onFailure: ({ epoch, agent }, code, fatal) => {
        const { callId } = this.facts;
        log.error({ callId, epoch, agent, code }, fatal ? 'a session failed for good' : 'a session failed');
        metrics.count('throughline_session_failures_total', { fatal: String(fatal) });
      },
    };
  }

  /** Whoever watches can't break a call. */
  #tellWatcher(event: ContextEvent): void {
    try {
      this.#house.onEvent?.(this.facts.callId, event);
    } catch (error) {
      this.#house.log.error({ callId: this.facts.callId, error: messageOf(error) }, 'a watcher of events broke');
    }
  }

  #guardAsync(work: Promise<void>): void {
    work.catch((error) => this.#broke(error));
  }

  /** The border of one call: what breaks inside ends this call's life here, and the carrier asks for the next. Others go on. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#broke(error);
    }
  }

  #broke(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.#house.log.error(
      { callId: this.facts.callId, error: messageOf(error), stack },
      'a call broke; it is taken up anew',
    );
    this.input({ type: 'shut-down' });
  }

  /** Resolves when the call is over on this node and its log is written, as far as the store took it. */
  get ended(): Promise<EndReason> {
    return this.#ended.promise;
  }

  /** How long ago the caller's line last gave a sign of life. */
  get silentLineMs(): Milliseconds {
    return ms(this.#house.clock.now() - this.#lastFrameAt);
  }

  get state(): CallState | undefined {
    return this.#machine?.state;
  }

  /** A new call: nothing is waited for. */
  answer(): void {
    const { line, metrics } = this.#house;
    this.#guardAsync(this.journal.claim());
    this.#noteStart();
    metrics.count('throughline_calls_started_total', { cause: 'answer' });
    this.#begin(line.start, 'answer');
  }

  /**
   * A call whose stream or node was lost: what is known of it is claimed first, but the caller doesn't wait long for that; then what
   * this node still has in memory, `known`, must do.
   */
  async resume(known?: Legacy): Promise<void> {
    if (known !== undefined) this.journal.inherit(known);
    const claimed = this.journal.claim();
    // A node that has the call in memory need not wait for the store.
    if (known === undefined) await Promise.race([claimed, this.#patience(claimPatienceMs)]);
    else this.#guardAsync(claimed);
    const { bundle } = this.journal;
    const { line, metrics } = this.#house;
    metrics.count('throughline_calls_started_total', { cause: 'resume' });
    if (bundle.startedAt === undefined) this.#noteStart();
    for (const { epoch: of, from, to, outcome } of bundle.handoffs) {
      if (outcome === 'pending')
        this.journal.note({ type: 'handoff-failed', epoch: of, from, to, why: 'its node was lost' });
    }
    this.#story.estimateLast(bundle, this.#house.clock.wall());
    this.#begin(line.agents.has(bundle.agent) ? bundle.agent : line.start, 'resume');
  }

  #noteStart(): void {
    const { from, to, verstat } = this.facts;
    const { name } = this.#house.line;
    this.journal.note({
      type: 'call-started',
      from,
      to,
      line: name,
      ivr: {},
      ...(verstat === undefined ? {} : { verstat }),
    });
  }

  #patience(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#house.clock.after(ms(limit), resolve);
      this.#over.signal.addEventListener('abort', cancel, { once: true });
    });
  }

  #begin(agent: string, cause: Cause): void {
    if (this.#machine !== undefined) return;
    const step = beginCall({ agent, cause });
    this.#take(step);
    this.#drain();
  }

  /** Takes one input. Inputs that come while another is worked on wait for their turn. */
  input(input: CallInput): void {
    if (this.#machine === undefined && isEnd(input)) this.#neverBegan(input);
    this.#inputs.push(input);
    this.#drain();
  }

  #drain(): void {
    if (this.#working) return;
    while (this.#machine !== undefined) {
      const input = this.#inputs.shift();
      if (input === undefined) return;
      this.#working = true; // a session that is ended may say so at once: that is an input of its own
      if (input.type === 'session-lost') this.#guard(() => this.#beforeLoss(input.epoch));
      this.#take(transition(this.#machine, input));
    }
  }

  #take(step: Step): void {
    this.#machine = step.machine;
    this.#working = true;
    for (const effect of step.effects) this.#guard(() => this.#do(effect));
    this.#working = false;
  }

  /** The call is over before its log could be claimed. */
  #neverBegan(input: CallInput): void {
    this.#machine = { lastEpoch: zeroEpoch, state: { at: 'closed', reason: 'phone-lost' } };
    this.#release(input.type === 'caller-hung-up' ? 'caller-hung-up' : 'phone-lost', null);
  }

  #beforeLoss(epoch: Epoch): void {
    const place = this.#seating.remove(epoch);
    if (place === undefined) return;
    if (this.#isBound(epoch)) this.#pending = { ...this.#pending, agentOwes: this.#agentOwes(place.seat) };
    this.#tools.forget(epoch);
    this.#bridge.forget(epoch);
    place.seat.session.abort();
  }

  #do(effect: CallEffect): void {
    switch (effect.type) {
      case 'session-open':
        this.#open(effect);
        break;
      case 'session-close':
        this.#close(effect.epoch);
        break;
      case 'session-ask':
        this.#ask(effect.epoch, effect.cause, effect.forceAudio);
        break;
      case 'caller-keep':
        this.#pending = { ...this.#pending, wordsWait: this.#bridge.keep(effect.from) };
        break;
      case 'caller-route':
        this.#with(effect.epoch, ({ seat }) => this.#bridge.route(seat));
        break;
      case 'media-bind':
        this.#with(effect.epoch, (place) => this.#bind(place, effect.cause));
        break;
      case 'media-unbind':
        this.#bridge.unbind();
        this.#story.silence(this.#seating.epochs);
        break;
      case 'transfer-answer':
        this.#with(effect.epoch, ({ seat }) => {
          seat.session.answerTool(effect.toolCallId, transferFailed(effect.why));
          seat.ask();
        });
        break;
      case 'deadline-set':
        this.#setDeadline(effect.epoch, effect.phase);
        break;
      case 'handoff-note':
        this.#scribe.note(effect.note, this.#seating.get(effect.note.epoch));
        break;
      case 'call-release':
        this.#release(effect.reason, effect.resolved);
    }
  }

  #with(epoch: Epoch, act: (place: Place) => void): void {
    const place = this.#seating.get(epoch);
    if (place !== undefined) act(place);
  }

  #open(effect: Extract<CallEffect, { type: 'session-open' }>): void {
    const { epoch, agent, failures } = effect;
    this.#openingWait = this.#seating.inTurn(epoch, failures, () =>
      this.#guard(() => {
        if (this.#seating.open(effect, this.#pending.accepted, this.#around)) return;
        this.input({ type: 'session-lost', epoch, loss: { fatal: true, slow: false, why: `no agent named ${agent}` } });
      }),
    );
  }

  #close(epoch: Epoch): void {
    this.#seating.remove(epoch)?.seat.session.close();
    this.#tools.forget(epoch);
    this.#bridge.forget(epoch);
  }

  /** After a lost session nobody is asked to speak when the caller's own words wait for an answer, or when it is their turn. */
  #ask(epoch: Epoch, cause: Cause, forceAudio: boolean): void {
    const { wordsWait, agentOwes } = this.#pending;
    if (cause === 'session-lost' && (wordsWait || !agentOwes)) return;
    const options = openingAsk(cause);
    this.#with(epoch, ({ seat }) => seat.ask(forceAudio ? { ...options, forceAudio } : options));
  }

  #bind({ seat, openedAt }: Place, cause: Cause): void {
    const { clock, metrics } = this.#house;
    this.#scribe.silenceMs = this.#bridge.silenceMs;
    this.#bridge.bind(seat);
    seat.takeTurns();
    this.journal.note({ type: 'bound', agent: seat.agent, epoch: seat.epoch, cause });
    metrics.count('throughline_binds_total', { cause, outcome: 'committed' });
    metrics.observe('throughline_bind_seconds', (clock.now() - openedAt) / 1_000, { cause });
    this.#pending = { ...nothingPending, wordsWait: this.#pending.wordsWait, agentOwes: this.#pending.agentOwes };
  }

  #setDeadline(epoch: Epoch, phase: keyof typeof deadlines): void {
    const key = `${epoch} ${phase}`;
    this.#deadlines.get(key)?.();
    const wait = phase === 'preparing' ? this.#openingWait : 0;
    this.#deadlines.set(
      key,
      this.#house.clock.after(ms(wait + deadlines[phase]), () => this.input({ type: 'deadline-passed', epoch, phase })),
    );
  }

  /** What a tool found out after its session was gone goes to the session that has the call, or is about to. */
  #onLateResult(from: Seat, result: HistoryItem): void {
    const state = this.#machine?.state;
    const epoch =
      state === undefined || state.at === 'closed' ? undefined : 'next' in state ? state.next.epoch : state.bound.epoch;
    const seat = epoch === undefined ? undefined : this.#seating.get(epoch)?.seat;
    if (seat === undefined) return;
    seat.learn(result);
    // The same agent goes on in a new session: it owes the caller the words about it.
    if (seat.agent === from.agent && this.#isBound(seat.epoch)) this.#tools.speakAbout(seat);
  }

  #onPhone(event: PhoneEvent): void {
    switch (event.type) {
      case 'digit-pressed':
        this.journal.note({ type: 'digit-pressed', digit: event.digit });
        break;
      case 'mark-returned':
        this.#bridge.markReturned(event.name);
        this.#maybeGoodbye();
        break;
      case 'stream-stopped':
        this.input({ type: 'caller-hung-up' });
        break;
      case 'stream-closed':
        this.input({ type: 'phone-lost' });
    }
  }

  /** Whether it is the agent's turn: it was speaking, or about to, or had not answered. */
  #agentOwes({ epoch, responding }: SeatedSession): boolean {
    if (responding !== undefined || !this.#bridge.quiet || this.#tools.isBusy(epoch)) return true;
    return firstWordsExpected('session-lost', this.journal.bundle);
  }

  #isBound(epoch: Epoch): boolean {
    const state = this.#machine?.state;
    return state !== undefined && 'bound' in state && state.bound.epoch === epoch;
  }

  #mayInterrupt(epoch: Epoch): boolean {
    if (this.#machine?.state.at !== 'talking' || !this.#isBound(epoch)) return false;
    if (!this.#bridge.quiet) this.#house.metrics.count('throughline_barge_ins_total');
    return true;
  }

  /** The agent ended the call: it is over when nothing is generated any more and all of it was heard. */
  #maybeGoodbye(): void {
    const state = this.#machine?.state;
    if (state?.at !== 'ending' || !this.#bridge.quiet) return;
    const { epoch } = state.bound;
    if (this.#seating.get(epoch)?.seat.responding === undefined) this.input({ type: 'goodbye-heard', epoch });
  }

  /** The end: first everything that must stop, then the last words into the log. */
  #release(reason: EndReason, resolved: boolean | null): void {
    const { log, metrics } = this.#house;
    const { callId } = this.facts;
    this.#over.abort();
    for (const cancel of this.#deadlines.values()) cancel();
    this.#guard(() => this.#bridge.unbind());
    this.#phone.close();
    this.#story.finish();
    if (isFinal(reason)) this.journal.note({ type: 'call-ended', reason, resolved });
    log.info({ callId, reason }, 'the call left this node');
    metrics.count('throughline_calls_ended_total', { reason: endLabels[reason] });
    void this.#storeTheEnd(reason);
  }

  async #storeTheEnd(reason: EndReason): Promise<void> {
    const { log, clock } = this.#house;
    const { callId } = this.facts;
    const stored = await this.journal.stored(lastWordsPatienceMs);
    if (!stored && reason !== 'superseded') {
      log.error({ callId, reason }, 'the end of this call is not stored yet; it is tried for ten minutes more');
      clock.after(ms(giveUpStoringMs), () => this.journal.abandon());
    }
    this.#ended.resolve(reason);
  }
}

const nothingPending = { accepted: null, wordsWait: false, agentOwes: true } as const;

const zeroEpoch = epoch(0);

const isEnd = (input: CallInput): boolean =>
  input.type === 'caller-hung-up' ||
  input.type === 'phone-lost' ||
  input.type === 'term-superseded' ||
  input.type === 'shut-down';

/** Whether the call itself is over, and not only its life on this node. */
const isFinal = (reason: EndReason): boolean =>
  reason === 'agent-ended' || reason === 'caller-hung-up' || reason === 'gave-up';

const endLabels: Readonly<Record<EndReason, string>> = {
  'agent-ended': 'agent-ended',
  'caller-hung-up': 'caller-hung-up',
  'gave-up': 'failed',
  'phone-lost': 'moved',
  superseded: 'moved',
  'shut-down': 'shut-down',
};

const transferFailed = (why: string): string =>
  toolError(
    'transfer-failed',
    `The colleague could not be reached (${why}). The caller is still with you: say so in one sentence, apologise, and go on helping.`,
  );
