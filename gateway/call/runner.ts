import { comesFromIvr } from '../../agents/handoff/protocol.ts';
import type { LearnedFact } from '../../agents/intake.ts';
import type { HistoryItem } from '../../agents/session.ts';
import type { Epoch, Milliseconds } from '../../infra/brand.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import type { Clip } from '../../store/clips.ts';
import type { TransferState } from '../../store/transfers.ts';
import { factsOf, type Remembered } from './arrivals.ts';
import { Attention } from './attention.ts';
import { Border } from './border.ts';
import { MediaBridge } from './bridge.ts';
import { CallRecording } from './call-recording.ts';
import { CallerKeys } from './caller-keys.ts';
import { CallerPayments } from './caller-payments.ts';
import { CallerPeople } from './caller-people.ts';
import { Courtesy } from './courtesy.ts';
import type { Seat } from './ear.ts';
import { Engine } from './engine.ts';
import { answerCall, type Entering, resumeCall } from './entry.ts';
import { speakGreeting } from './greeting.ts';
import { recordEnd } from './handoff-scribe.ts';
import type { CallHouse } from './house.ts';
import { type FromIvr, type Given, ivrFacts, newTo } from './intakes.ts';
import { Journal, type Legacy } from './journal.ts';
import { closePhone, isFinal, type Leaving, noteLeaving, storeLastEvents } from './leaving.ts';
import { Outlook } from './outlook.ts';
import type { CallFacts, PhoneEvent, PhoneLeg } from './ports.ts';
import type { Around } from './seated-session.ts';
import type { Away, CallEnd, CallInput, CallState, EndReason } from './state.ts';
import type { Request } from './steps.ts';
import { Story } from './story.ts';
import { Switchboard } from './switchboard.ts';
import { ToolDesk } from './tool-desk.ts';
import { UsageMeter } from './usage-meter.ts';

/** Speech by loudness alone may be a cough, or an echo: it has to last longer than what a model takes for speech. */
const talkOverMs = 300;

/**
 * One call on this node: the rooms of a call put together around its machine. What the phone and the sessions say comes in as
 * inputs; what the machine decides goes out through the switchboard.
 */
export class CallRunner {
  readonly facts: CallFacts;
  readonly journal: Journal;
  readonly #house: CallHouse;
  readonly #log: Log;
  readonly #phone: PhoneLeg;
  readonly #border: Border;
  readonly #outlook: Outlook;
  readonly #recording: CallRecording | undefined;
  readonly #bridge: MediaBridge;
  readonly #keys: CallerKeys;
  readonly #tools: ToolDesk;
  readonly #story: Story;
  readonly #usage: UsageMeter;
  readonly #board: Switchboard;
  readonly #engine: Engine;
  readonly #courtesy: Courtesy;
  readonly #attention: Attention;
  readonly #people: CallerPeople;
  readonly #payments: CallerPayments;
  readonly #over = new AbortController();
  readonly #ended = Promise.withResolvers<CallEnd>();
  #turns = 0;

  constructor(house: CallHouse, phone: PhoneLeg, facts: CallFacts) {
    this.facts = facts;
    this.#house = house;
    this.#log = house.log.child({ callId: facts.callId });
    this.#phone = phone;
    this.#border = new Border(this.#log, () => this.input({ type: 'shut-down' }));
    const { guard } = this.#border;
    this.journal = this.#makeJournal();
    this.#story = new Story(this.journal, phone.streamId);
    this.#usage = new UsageMeter(house, this.journal);
    this.#outlook = this.#makeOutlook();
    this.#recording =
      house.recordings && new CallRecording(house.recordings, { house, journal: this.journal, streamId: phone.streamId });
    this.#bridge = this.#makeBridge();
    this.#people = this.#makePeople();
    this.#payments = new CallerPayments({ house, journal: this.journal, onReady: () => this.#leave('due', 'paying') });
    this.#keys = this.#makeKeys();
    this.#tools = this.#makeTools();
    this.#engine = new Engine({
      before: (input) => {
        if (input.type === 'session-lost') guard(() => this.#board.lost(input.epoch));
      },
      after: (input) => {
        // Nothing may be left to hear, and so nothing that would tell of it.
        if (input.type === 'session-lost') guard(() => this.#courtesy.maybeGoodbye());
      },
      apply: (effect) =>
        guard(() => {
          if (effect.type === 'call-release') this.#release(effect);
          else this.#board.apply(effect);
        }),
    });
    this.#board = new Switchboard({
      house,
      log: this.#log,
      journal: this.journal,
      summary: () => this.#outlook.summary,
      bridge: this.#bridge,
      tools: this.#tools,
      story: this.#story,
      around: this.#makeAround(),
      guard,
      input: (input) => this.input(input),
      isBound: (epoch) => this.#engine.isBound(epoch),
      onBound: (epoch) => this.#outlook.bound(epoch),
      isOver: () => this.state?.at === 'closed',
    });
    this.#courtesy = this.#makeCourtesy();
    const { line, metrics } = house;
    this.#attention = new Attention({ line, metrics, journal: this.journal, serial: () => this.#board.nextSerial() });
    phone.events.listen((event) => guard(() => this.#onPhone(event)));
  }

  #makeJournal(): Journal {
    const { owner, store, clock, metrics, backlog } = this.#house;
    const { callId } = this.facts;
    return new Journal({
      callId,
      owner,
      store,
      clock,
      backlog,
      onSuperseded: () => this.input({ type: 'term-superseded' }),
      onTrouble: (error) => {
        metrics.count('throughline_store_errors_total');
        // That the store is away is told once for all calls.
        const isAway = error instanceof ThroughlineError && error.code === 'store-unavailable';
        const text = 'the store does not take this call; it goes on from memory';
        this.#log[isAway && backlog !== undefined ? 'debug' : 'warn']({ error: messageOf(error) }, text);
      },
      onEvent: (event) => this.#border.harmless(() => this.#house.onEvent?.(callId, event)),
      onFact: (fact) => this.#border.guard(() => this.#outlook.hears(fact)),
    });
  }

  #makeOutlook(): Outlook {
    return new Outlook({
      house: this.#house,
      log: this.#log,
      journal: this.journal,
      state: () => this.state,
      place: (epoch) => this.#board.place(epoch),
      use: () => this.#courtesy.use,
      serial: () => this.#board.nextSerial(),
      input: (input) => this.input(input),
    });
  }

  #makeBridge(): MediaBridge {
    const { clock } = this.#house;
    return new MediaBridge({
      phone: this.#phone,
      clock,
      onCallerHeard: (epoch) => this.#callerIsHeard(epoch),
      onTalkedOver: (spokenMs) => this.#callerTalksOver(spokenMs),
      onHeard: (epoch, heard) =>
        this.#story.tell({ type: 'agent-heard', heard: { ...heard, item: this.#story.name(epoch, heard.item) } }),
      onSettled: () => this.#border.guard(() => this.#courtesy.maybeGoodbye()),
      appendBytes: this.#house.appendBytes,
      tape: this.#recording?.tape,
    });
  }

  /** By loudness. Their hearer may be gone: then only a goodbye of its is left to be taken back. */
  #callerIsHeard(epoch: Epoch): void {
    const place = this.#board.place(epoch);
    if (place === undefined) this.#border.guard(() => this.#courtesy.takeBackGoodbye());
    else place.seat.callerIsHeard();
  }

  /** Over an agent that hands over and does not hear them any more: it falls silent, and the next one hears what they say. */
  #callerTalksOver(spokenMs: number): void {
    const { state } = this;
    if (state?.at !== 'switching' || this.#bridge.quiet || spokenMs < Math.max(talkOverMs, this.#house.bargeInMs)) return;
    this.#border.guard(() => this.#bridge.interrupt(this.#board.place(state.bound.epoch)?.seat.responding));
    this.#house.metrics.count('throughline_barge_ins_total');
  }

  #makeCourtesy(): Courtesy {
    return new Courtesy({
      house: this.#house,
      bridge: this.#bridge,
      state: () => this.state,
      seat: (epoch) => this.#board.place(epoch)?.seat,
      isBusy: (epoch) => this.#tools.isBusy(epoch) || this.#people.isUnderWay || this.#payments.isUnderWay,
      isKeying: () => this.#keys.isInUse,
      input: (input) => this.input(input),
      guard: this.#border.guard,
    });
  }

  #makePeople(): CallerPeople {
    return new CallerPeople({
      house: this.#house,
      log: this.#log,
      journal: this.journal,
      board: () => this.#board,
      tools: () => this.#tools,
      state: () => this.state,
      onLeave: (words) => this.#leave(words, 'transferred'),
      guard: this.#border.guard,
      guardAsync: this.#border.guardAsync,
    });
  }

  #leave(words: 'due' | 'said', reason: Away): void {
    this.input({ type: 'leave-ready', words, reason });
    this.#courtesy.maybeGoodbye();
  }

  /** A transfer of this call has gone on. */
  hears(state: TransferState): void {
    this.#people.hears(state);
  }

  #makeKeys(): CallerKeys {
    return new CallerKeys({
      house: this.#house,
      bridge: this.#bridge,
      journal: this.journal,
      board: () => this.#board,
      tools: () => this.#tools,
      state: () => this.state,
      onTurn: () => {
        this.#turns += 1;
        this.#tools.turnBegan();
      },
      guard: this.#border.guard,
    });
  }

  #makeTools(): ToolDesk {
    const { line, clock, countTokens } = this.#house;
    return new ToolDesk({
      line,
      clock,
      countTokens,
      journal: this.journal,
      keys: this.#keys,
      signal: this.#over.signal,
      isOpen: (seat) => this.#board.place(seat.epoch)?.seat === seat,
      hasTools: (seat) => this.#board.mayUseTools(seat.epoch),
      turns: () => this.#turns,
      onHandoff: (seat, { to, handoff, accepted }) => {
        this.#board.pass(accepted);
        this.input({ type: 'handoff-requested', epoch: seat.epoch, to, handoff });
      },
      people: this.#people,
      payments: this.#payments,
      onLeave: (words, reason) => this.#leave(words, reason),
      guardAsync: this.#border.guardAsync,
      // Only where: what was thrown may hold what the caller entered.
      onToolFault: (tool, part) =>
        this.#log.error(
          { tool, name: part },
          'a tool of the line threw when it was asked what its result means; the result stands',
        ),
      onLateResult: (from, result) => this.#passOn(from, result),
      onEnd: (seat, resolved) => {
        this.input({ type: 'end-requested', epoch: seat.epoch, resolved });
        this.#courtesy.maybeGoodbye();
      },
    });
  }

  #makeAround(): Around {
    const { clock, metrics } = this.#house;
    return {
      clock,
      bridge: this.#bridge,
      tools: this.#tools,
      story: this.#story,
      usage: this.#usage,
      input: (input) => this.input(input),
      guard: this.#border.guard,
      bargeInMs: this.#house.bargeInMs,
      onTurn: () => {
        this.#turns += 1;
        this.#courtesy.callerIsThere();
      },
      onWords: (hearer, text) => this.#board.passWordsOn(hearer, text),
      mayInterrupt: (epoch) => this.#mayInterrupt(epoch),
      onQuiet: () => this.#courtesy.maybeGoodbye(),
      onSaid: (speaker, words) => this.#attention.said(speaker, words),
      onFailure: ({ epoch, agent }, code, fatal) => {
        this.#log.error({ epoch, agent, code }, fatal ? 'a session failed for good' : 'a session failed');
        metrics.count('throughline_session_failures_total', { fatal: String(fatal) });
      },
    };
  }

  /** Resolves when the call is over on this node and its log is written, as far as the store took it. */
  get ended(): Promise<CallEnd> {
    return this.#ended.promise;
  }

  /** How long ago the caller's line last gave a sign of life. */
  get silentLineMs(): Milliseconds {
    return this.#bridge.silentLineMs;
  }

  get state(): CallState | undefined {
    return this.#engine.state;
  }

  /** A new call: nothing is waited for. What is known late of it is told when it comes. */
  answer(remembered?: Remembered, fromIvr?: FromIvr): void {
    const ivr = fromIvr === undefined ? [] : ivrFacts(this.#house, this.facts.callId, fromIvr.given);
    this.#begin(answerCall(this.#entering, { past: remembered?.calls ?? [], ivr }));
    if (remembered !== undefined && remembered.calls === undefined)
      void remembered.whenKnown.then((calls) => this.#border.guard(() => this.#learnsLate(factsOf(calls))));
    if (fromIvr?.isAll === false)
      void fromIvr.whenAll.then((given) => this.#border.guard(() => this.#learnsLate(this.#newFrom(given))));
  }

  #newFrom(given: Given): readonly LearnedFact[] {
    return newTo(this.journal.bundle.facts, ivrFacts(this.#house, this.facts.callId, given));
  }

  #learnsLate(facts: readonly LearnedFact[]): void {
    if (facts.length === 0 || this.state?.at === 'closed') return;
    for (const fact of facts) this.journal.note(fact);
    this.#board.tell(Object.fromEntries(facts.map(({ key, value }) => [key, value])));
  }

  /** A call whose stream or node was lost, or that comes back from a person. `known`: what this node still has in memory of it. */
  async resume(cause: 'resume' | 'return', known?: Legacy): Promise<void> {
    this.#outlook.resumes();
    const request = await resumeCall(this.#entering, cause, known);
    this.#keys.resumes();
    // Whoever is asked next tells the carrier how it ended.
    if (request === 'over') this.input({ type: 'term-superseded' });
    else if (request !== undefined) {
      this.#begin(request);
      this.#people.takesUp(cause);
    }
  }

  /** A prepared greeting comes before everything else. */
  #begin(request: Request): void {
    const { clock } = this.#house;
    this.#border.guard(() => this.#recording?.begun());
    const greeting = request.cause === 'answer' ? this.#greetingOf(request.agent) : undefined;
    if (greeting !== undefined) {
      speakGreeting(greeting, request.agent, { bridge: this.#bridge, story: this.#story, clock });
      this.#board.greeted(request.agent, greeting.text);
    }
    this.#engine.begin(request);
    if (this.state?.at === 'closed') return; // it ended while it was taken up
    const startedAt = this.journal.bundle.startedAt ?? clock.wall();
    this.#courtesy.begin(Math.max(0, clock.wall() - startedAt));
  }

  /** It would greet as if nothing were known. */
  #greetingOf(agent: string): Clip | undefined {
    const { greetings, line } = this.#house;
    return comesFromIvr(this.journal.bundle) && line.intake?.playsGreeting !== true ? undefined : greetings.get(agent);
  }

  /** Runs what must not break more than this call. */
  guardAsync(work: Promise<void>): void {
    this.#border.guardAsync(work);
  }

  /** Names the answer that had this call's stream opened. */
  get ticket(): string {
    return this.#phone.ticket;
  }

  get #entering(): Entering {
    const { facts, journal } = this;
    const { guardAsync } = this.#border;
    return { house: this.#house, facts, journal, story: this.#story, signal: this.#over.signal, guardAsync };
  }

  /** Takes one input. Inputs that come while another is worked on wait for their turn. */
  input(input: CallInput): void {
    this.#engine.input(input);
  }

  #onPhone(event: PhoneEvent): void {
    switch (event.type) {
      case 'digit-pressed':
        this.#courtesy.callerPressedKey();
        this.#keys.pressed(event.digit);
        break;
      case 'mark-returned':
        this.#bridge.markReturned(event.name);
        this.#courtesy.maybeGoodbye();
        break;
      case 'stream-stopped':
        this.input({ type: 'caller-hung-up' });
        break;
      case 'stream-closed':
        this.input({ type: 'phone-lost' });
    }
  }

  /** What a tool found out after its session was gone. */
  #passOn(from: Seat, result: HistoryItem): void {
    const { state } = this;
    if (state === undefined || state.at === 'closed') return;
    this.#board.passOn(result, from, 'next' in state ? state.next.epoch : state.bound.epoch);
  }

  #mayInterrupt(epoch: Epoch): boolean {
    if (this.state?.at !== 'talking' || !this.#engine.isBound(epoch)) return false;
    if (!this.#bridge.quiet) this.#house.metrics.count('throughline_barge_ins_total');
    return true;
  }

  /** The end: first everything that must stop, then the last words into the log. */
  #release(end: CallEnd & { readonly resolved: boolean | null }): void {
    const { reason } = end;
    this.#over.abort();
    this.#border.guard(() => this.#keys.end());
    this.#courtesy.end();
    this.#outlook.end();
    this.#people.end(reason);
    this.#payments.end(reason);
    this.#board.end();
    this.#border.guard(() => this.#bridge.stop());
    this.#border.guard(() => this.#recording?.end());
    this.#story.finish();
    this.#usage.end();
    const leaving = this.#leaving(end);
    noteLeaving(leaving);
    this.#border.guardAsync(closePhone(leaving));
    this.#log.info({ reason }, 'the call left this node');
    this.#house.metrics.count('throughline_calls_ended_total', { reason: endLabels[reason] });
    if (isFinal(reason)) this.#border.guardAsync(recordEnd(this.#house, this.journal));
    void storeLastEvents(leaving).then(() => this.#ended.resolve({ reason, owesGoodbye: end.owesGoodbye }));
  }

  #leaving({ reason, resolved, owesGoodbye }: CallEnd & { readonly resolved: boolean | null }): Leaving {
    const { clock } = this.#house;
    const inOrder = !this.#border.isBroken;
    return { journal: this.journal, phone: this.#phone, clock, log: this.#log, reason, resolved, owesGoodbye, inOrder };
  }
}

const endLabels: Readonly<Record<EndReason, string>> = {
  'agent-ended': 'agent-ended',
  idle: 'idle',
  'too-long': 'too-long',
  transferred: 'transferred',
  paying: 'paying',
  'caller-hung-up': 'caller-hung-up',
  'gave-up': 'failed',
  'phone-lost': 'moved',
  superseded: 'moved',
  'shut-down': 'shut-down',
};
