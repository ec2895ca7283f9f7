import { type CallId, type Milliseconds, ms } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import { ExpiringMap } from '../../infra/expiring-map.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import { foldCall } from '../../store/context/fold.ts';
import { lossesSoFar } from '../../store/context/losses.ts';
import type { StoredCall } from '../../store/context-store.ts';
import type { TransferRef, TransferState } from '../../store/transfers.ts';
import { Admission, type AdmissionOptions } from './admission.ts';
import { Arrivals } from './arrivals.ts';
import { AwayCalls } from './away-calls.ts';
import { DeadLines } from './dead-lines.ts';
import { Door } from './door.ts';
import { EndedCalls } from './ended-calls.ts';
import { alone, type Fellows } from './fellows.ts';
import type { CallHouse } from './house.ts';
import { Intakes } from './intakes.ts';
import type { Legacy } from './journal.ts';
import { isFinal } from './leaving.ts';
import { Moving } from './moving.ts';
import { type Aftermath, answer, askAgain, givenUp, hangUp, resume, stepAfter, turnedAway } from './next-step.ts';
import { Orphans } from './orphans.ts';
import { PayingCalls } from './paying-calls.ts';
import type {
  BackReport,
  CallDesk,
  CallFacts,
  NextStep,
  PaymentRef,
  PaymentReport,
  PhoneLeg,
  StreamCause,
} from './ports.ts';
import { CallRunner } from './runner.ts';
import { type CallEnd, isAway, isFarewell, isOurs } from './state.ts';

export interface RegistryOptions
  extends Pick<AdmissionOptions, 'maxCalls' | 'maxCallsOfFleet' | 'maxCallsPerCaller' | 'shared'> {
  /** Rung when we can't take a call or give it up. E.164. */
  readonly fallbackNumber: string | undefined;
  /** Whether new calls all go to people; without it they don't. */
  readonly isShut?: () => boolean;
  /** Whether no agent can be had for new calls; without it one can. */
  readonly isModelDown?: () => boolean;
  /** Without them every call stays here until its end. */
  readonly fellows?: Fellows;
}

/** Without a frame for this long a stream counts as dead: Twilio sends one every 20 ms, silence included. */
const deadLineMs = 1_500;
/** How long a new stream of a call waits until the old one's last events are stored. */
const handOverMs = 1_000;
/** How long the carrier's question may wait for the store: the answer must come in well under 15 s, and the caller hears silence. */
const storePatienceMs = 2_000;
/** How long a new call waits for what an IVR announced of it: the agent's first words depend on it. */
const intakePatienceMs = 250;
/** How long streams that did not come are remembered. */
const forgetAttemptsMs = 600_000;
/** How long a node that goes waits for the carrier to ask about the calls that it handed back. */
const handBackMs = 2_500;

/** The calls of this node: the one entrance for the carrier's webhooks and streams. */
export class CallRegistry implements CallDesk {
  readonly #house: CallHouse;
  readonly #options: RegistryOptions;
  readonly #live = new Map<CallId, CallRunner>();
  readonly #past: EndedCalls;
  readonly #handedBack = new Set<CallId>();
  /** Answers that ask for a stream, since the last one of the call came. */
  readonly #attempts: ExpiringMap<CallId, number>;
  readonly #admission: Admission;
  readonly #arrivals: Arrivals;
  readonly #away: AwayCalls;
  readonly #paying: PayingCalls;
  readonly #orphans: Orphans;
  readonly #deadLines: DeadLines;
  readonly #door: Door;
  readonly #intakes: Intakes;
  readonly #fellows: Fellows;
  #draining = false;
  /** While draining: looks again whether everything has left. */
  #onLeft: () => void = () => {};

  constructor(house: CallHouse, options: RegistryOptions) {
    this.#house = house;
    this.#options = options;
    this.#past = new EndedCalls(house);
    this.#attempts = new ExpiringMap(house.clock, ms(forgetAttemptsMs));
    const { clock, log } = house;
    const live = () => [...this.#live.values()].map(({ facts }) => facts);
    this.#away = new AwayCalls(house);
    this.#paying = new PayingCalls(house);
    this.#orphans = new Orphans(house);
    this.#deadLines = new DeadLines({
      ...{ clock, log, orders: house.orders },
      lines: () => this.#live.values(),
      onOver: (callId) => this.ended(callId, 'completed'),
    });
    this.#arrivals = new Arrivals({ clock, log, memory: house.callers });
    this.#intakes = new Intakes(house);
    this.#admission = new Admission({ clock, log, live, ...options });
    const { fallbackNumber, isShut = () => false, isModelDown = () => false, fellows = alone } = options;
    this.#fellows = fellows;
    this.#door = new Door(house, {
      people: { otherwise: house.line.pilot?.otherwise, fallbackNumber },
      isShut,
      isModelDown,
    });
  }

  async ring(call: CallFacts): Promise<NextStep> {
    // A webhook of a call that is over: it came late, or somebody plays it again.
    if (this.#past.isComplete(call.callId) || isFarewell(this.#past.end(call.callId)?.reason)) return hangUp;
    const isLive = this.#live.has(call.callId);
    const diverted = isLive ? undefined : this.#door.refuses(call);
    if (diverted !== undefined) return this.#door.diverts(call, diverted);
    const withoutAgents = isLive ? undefined : this.#door.withoutAgents(call);
    if (withoutAgents !== undefined) return withoutAgents;
    this.#arrivals.rings(call);
    this.#intakes.rings(call);
    // Where there are others, one of them gets the stream.
    const refusal = this.#draining && !isLive && this.takesStreams ? 'draining' : await this.#admission.admit(call);
    if (refusal === undefined) {
      this.#door.letsIn(call);
      return answer;
    }
    this.#house.metrics.count('throughline_calls_refused_total', { reason: refusal });
    return this.#door.isFull(call, refusal);
  }

  accept(leg: PhoneLeg, call: CallFacts, cause: StreamCause): boolean {
    const before = this.#live.get(call.callId);
    if (this.#past.isComplete(call.callId)) return false;
    // Its TwiML then asks where it goes instead.
    if (call.isForeign === true && before === undefined && this.#door.refuses(call) !== undefined) return false;
    if (before !== undefined && endOf(before) === undefined && before.silentLineMs < deadLineMs) return false;
    const runner = new CallRunner(this.#house, leg, call);
    this.#live.set(call.callId, runner);
    this.#house.roll?.has(call.callId);
    this.#deadLines.watch();
    this.#attempts.delete(call.callId);
    this.#admission.arrived(call.callId);
    this.#house.metrics.gauge('throughline_calls_active', this.#live.size);
    runner.guardAsync(this.#run(runner, before, cause));
    return true;
  }

  async #run(runner: CallRunner, before: CallRunner | undefined, cause: StreamCause): Promise<void> {
    void runner.ended.then((end) => this.#left(runner, end));
    const seenBefore = before !== undefined || this.#past.end(runner.facts.callId) !== undefined;
    const legacy = before === undefined ? undefined : await this.#takeFrom(before, runner);
    // The log stays with the old stream's journal, which knows of no end.
    if (endOf(runner)?.reason === 'caller-hung-up') this.#orphans.ends(runner.facts.callId, 'caller-hung-up');
    if (cause !== 'answer' || seenBefore) await runner.resume(cause === 'return' ? 'return' : 'resume', legacy);
    else await this.#answer(runner);
  }

  async #answer(runner: CallRunner): Promise<void> {
    const remembered = this.#arrivals.of(runner.facts);
    const fromIvr = this.#intakes.of(runner.facts);
    if (!fromIvr.isAll) await this.#within(fromIvr.whenAll, intakePatienceMs);
    if (endOf(runner) === undefined) runner.answer(remembered, this.#intakes.of(runner.facts));
  }

  /** Ends the life of a call on its old stream, and takes what is known of it, unless the new one is gone by then: who has the log must store it. */
  async #takeFrom(before: CallRunner, next: CallRunner): Promise<Legacy | undefined> {
    before.input({ type: 'phone-lost' });
    await this.#within(before.ended, handOverMs);
    return endOf(next) === undefined ? before.journal.handOver() : undefined;
  }

  #left(runner: CallRunner, end: CallEnd): void {
    const { callId } = runner.facts;
    if (this.#live.get(callId) === runner) {
      this.#live.delete(callId);
      this.#house.roll?.lets(callId);
    }
    this.#house.metrics.gauge('throughline_calls_active', this.#live.size);
    this.#past.left(callId, end);
    // Another process had claimed it, and may be gone itself.
    if (end.reason === 'caller-hung-up' && runner.journal.isGivenUp) this.#orphans.ends(callId, end.reason);
    if (isFinal(end.reason)) this.#admission.over(runner.facts);
    this.#onLeft();
  }

  async next(call: CallFacts, ticket?: string): Promise<NextStep> {
    const { callId } = call;
    const live = this.#live.get(callId);
    // A question about another stream than the one that is served: it comes twice, or late, and ends nothing.
    if (live !== undefined && ticket !== undefined && live.ticket !== ticket) return resume;
    const step = await this.#next(call, live);
    this.#past.asked(callId, this.#live.has(callId));
    const isFirst = !this.#attempts.has(callId);
    if (step.kind === 'connect') this.#countAttempt(callId);
    if (!this.#draining || step.kind !== 'connect') return step;
    this.#handedBack.delete(callId);
    this.#onLeft();
    // Another node gets the stream; if that came here, too, the balancer needs a moment.
    return isFirst && !this.takesStreams ? step : askAgain;
  }

  async #next(call: CallFacts, live: CallRunner | undefined): Promise<NextStep> {
    const { callId } = call;
    if (this.#past.isComplete(callId)) return hangUp;
    const attempts = this.#attempts.get(callId) ?? 0;
    if (live !== undefined) return this.#nextOfLive(live, attempts);
    const end = this.#past.end(callId);
    if (isOurs(end?.reason)) return this.#stepAfter(callId, { end, losses: 0, lostClaims: 0, attempts });
    const known = await this.#within(this.#load(callId), storePatienceMs);
    const { bundle, lostClaims } = known ?? { bundle: undefined, lostClaims: 0 };
    const away =
      bundle?.ended === undefined && bundle !== undefined ? await this.#awayFor(bundle, this.#hasLeft(bundle)) : undefined;
    if (away !== undefined) return this.#afterAway(callId, away, { lostClaims, attempts });
    const step = this.#stepAfter(callId, {
      end: bundle?.ended,
      losses: bundle === undefined ? 0 : lossesSoFar(bundle),
      lostClaims,
      attempts,
    });
    // The store is there and knows of no such call: nobody has greeted this caller yet.
    return step === resume && known !== undefined && bundle === undefined ? this.#anew(call) : step;
  }

  #anew(call: CallFacts): NextStep {
    const refused = this.#door.refuses(call);
    return refused === undefined ? answer : this.#door.diverts(call, refused);
  }

  async #nextOfLive(live: CallRunner, attempts: number): Promise<NextStep> {
    const { callId } = live.facts;
    // The stream is over for the carrier; our side of it may hear of that a moment later.
    live.input({ type: 'phone-lost' });
    await this.#within(live.ended, handOverMs);
    // How it ended may be known before its last events are stored.
    const { bundle } = live.journal;
    const end = endOf(live);
    const away = await this.#awayFor(bundle, isAway(end?.reason));
    if (away !== undefined) return this.#afterAway(callId, away, { lostClaims: 0, attempts });
    return this.#stepAfter(callId, { end, losses: lossesSoFar(bundle), lostClaims: 0, attempts });
  }

  /** A caller who was away comes back to an agent, unless that was tried in vain too often. */
  #afterAway(callId: CallId, step: NextStep, tried: Pick<Aftermath, 'lostClaims' | 'attempts'>): NextStep {
    if (step.kind !== 'connect') return step;
    const next = this.#stepAfter(callId, { end: undefined, losses: 0, ...tried });
    return next === resume ? step : next;
  }

  #stepAfter(callId: CallId, aftermath: Aftermath): NextStep {
    const step = stepAfter(aftermath);
    if (step !== 'given-up') return step;
    const toPeople = givenUp(this.#door.people);
    this.#orphans.ends(callId, 'gave-up');
    this.#door.givesUp(callId, toPeople);
    return toPeople;
  }

  /** Where a caller goes whom an agent, here or elsewhere, let go to a person or to pay. */
  async #awayFor(bundle: ContextBundle, hasLeft: boolean): Promise<NextStep | undefined> {
    return (await this.#paying.nextFor(bundle, hasLeft)) ?? this.#away.nextFor(bundle, hasLeft);
  }

  /** Whoever let the caller go is gone from here, or served them elsewhere. */
  #hasLeft({ callId, leftInOrder }: ContextBundle): boolean {
    return leftInOrder || isAway(this.#past.end(callId)?.reason);
  }

  async back({ callId }: CallFacts, ref: TransferRef, report: BackReport): Promise<NextStep> {
    if (this.#past.isComplete(callId)) return hangUp;
    const step = await this.#away.back(ref, report);
    if (step.kind === 'connect') this.#countAttempt(callId);
    return step;
  }

  async paid({ callId }: CallFacts, ref: PaymentRef, report: PaymentReport): Promise<NextStep> {
    await this.#paying.back(ref, report);
    if (this.#past.isComplete(callId)) return hangUp;
    this.#countAttempt(callId);
    return { kind: 'connect', cause: 'return' };
  }

  /** A transfer has gone on: whoever serves the call here need not wait until they look. */
  hears(state: TransferState): void {
    this.#live.get(state.callId)?.hears(state);
    this.#away.hears(state);
  }

  #countAttempt(callId: CallId): void {
    this.#attempts.set(callId, (this.#attempts.get(callId) ?? 0) + 1);
  }

  async rescue(call: CallFacts, failedUrl?: string): Promise<NextStep> {
    const step = (await this.#wasTaken(call.callId)) ? await this.next(call) : answer;
    // Nobody has greeted this caller yet: asking for a stream is what has failed.
    return step === answer ? this.#door.rescues(call, failedUrl) : step;
  }

  async #wasTaken(callId: CallId): Promise<boolean> {
    if (this.#live.has(callId) || this.#past.end(callId) !== undefined || this.#past.isComplete(callId)) return true;
    const bundle = (await this.#within(this.#load(callId), storePatienceMs))?.bundle;
    return bundle !== undefined && bundle.ended?.reason !== turnedAway;
  }

  /** The bundle of a call, from memory while it is live here, else from the store. */
  async bundle(callId: CallId): Promise<ContextBundle | undefined> {
    return this.#live.get(callId)?.journal.bundle ?? this.#fromStore(callId);
  }

  async #fromStore(callId: CallId): Promise<ContextBundle | undefined> {
    const stored = await this.#house.store.load(callId);
    return stored === undefined || stored.erased !== undefined ? undefined : foldCall(callId, stored.events);
  }

  /** What the store knows of a call; undefined when it does not answer. */
  async #load(
    callId: CallId,
  ): Promise<{ readonly bundle: ContextBundle | undefined; readonly lostClaims: number } | undefined> {
    try {
      const stored = await this.#house.store.load(callId);
      if (stored === undefined || stored.events.length === 0) return { bundle: undefined, lostClaims: stored?.term ?? 0 };
      return { bundle: foldCall(callId, stored.events), lostClaims: lostClaimsOf(stored) };
    } catch (error) {
      this.#house.log.warn(
        { callId, error: messageOf(error) },
        'the store could not say how this call goes on; it is taken up without',
      );
      return undefined;
    }
  }

  #within<Result>(work: Promise<Result>, limit: number): Promise<Result | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#house.clock.after(ms(limit), () => resolve(undefined));
      void work.then((result) => {
        cancel();
        resolve(result);
      });
    });
  }

  ended(callId: CallId, _status: string, report?: BackReport): void {
    this.#past.complete(callId);
    this.#admission.missed(callId);
    this.#attempts.delete(callId);
    this.#handedBack.delete(callId);
    const live = this.#live.get(callId);
    // On the way to a person, or to pay, the caller is not with their agent any more.
    const isLeaving = live !== undefined && isAway(endOf(live)?.reason);
    live?.input({ type: 'caller-hung-up' });
    // One that broke off a moment ago hears of no end any more.
    const end = live && endOf(live);
    if (live === undefined || (end !== undefined && !isFinal(end.reason))) this.#orphans.ends(callId, 'caller-hung-up');
    if (live === undefined || isLeaving) void this.#hungUpAway(callId, { leaving: live?.ended, report });
  }

  /** One who was away, or is just leaving. */
  async #hungUpAway(
    callId: CallId,
    { leaving, report }: { readonly leaving: Promise<CallEnd> | undefined; readonly report: BackReport | undefined },
  ): Promise<void> {
    await this.#away.hungUp(callId, report, leaving);
    await leaving;
    const end = this.#past.end(callId);
    if (end === undefined || !isFinal(end.reason)) await this.#paying.hungUp(callId);
  }

  /** The carrier has told somebody of ours that a call is over, and nobody serves it any more. */
  isOver(callId: CallId): void {
    if (!this.#live.has(callId)) this.#orphans.ends(callId, 'caller-hung-up');
  }

  /** Whether this node serves new streams: not when it is going, and others are there. */
  get takesStreams(): boolean {
    return !this.#draining || !this.#fellows.hasOthers();
  }

  /** Whether a new call would be taken. */
  get readiness(): 'ready' | 'full' | 'draining' | 'store-away' {
    if (this.#draining) return 'draining';
    if (this.#house.backlog?.isSuspended === true) return 'store-away';
    return this.#live.size < this.#options.maxCalls ? 'ready' : 'full';
  }

  /** Whether nobody is served. */
  get isIdle(): boolean {
    return this.#live.size === 0;
  }

  /** The calls of this node now. */
  get live(): readonly { readonly callId: CallId; readonly agent: string; readonly at: string }[] {
    return [...this.#live].map(([callId, { journal, state }]) => ({
      callId,
      agent: journal.bundle.agent,
      at: state?.at ?? 'starting',
    }));
  }

  /**
   * Takes no new calls, gives those that run to other nodes, if there are any, or waits for their end; at the limit hands the rest back to
   * the carrier, and stays to answer its question how they go on. Resolves when all have left, or when the carrier did not ask in time.
   */
  async drain(limit: Milliseconds): Promise<void> {
    this.#draining = true;
    const allLeft = this.#until(() => this.#live.size === 0);
    const { clock } = this.#house;
    const calls = () => [...this.#live.values()];
    const moving = new Moving({ clock, fellows: this.#fellows, calls, limitMs: limit });
    const haveLeft = await this.#within(allLeft, limit);
    moving.stop();
    if (haveLeft !== undefined) return;
    for (const [callId, runner] of this.#live) {
      this.#handedBack.add(callId);
      runner.input({ type: 'shut-down' });
    }
    await this.#within(
      this.#until(() => this.#live.size === 0 && this.#handedBack.size === 0),
      handBackMs,
    );
  }

  #until(done: () => boolean): Promise<true> {
    return new Promise((resolve) => {
      this.#onLeft = () => {
        if (done()) resolve(true);
      };
      this.#onLeft();
    });
  }
}

/** What a claim is for: to bind somebody, or to write down how a payment goes while the caller is away. */
const purposes: ReadonlySet<string> = new Set(['bound', 'payment-handed-over', 'payment-ended']);

/** Terms of a call in which nobody was bound. */
const lostClaimsOf = ({ term, events }: StoredCall): number =>
  term - new Set(events.flatMap((event) => (purposes.has(event.type) ? [event.term] : []))).size;

const endOf = ({ state }: CallRunner): CallEnd | undefined => (state?.at === 'closed' ? state : undefined);
