import type { CallId } from '../../infra/brand.ts';
import { type Milliseconds, ms } from '../../infra/brand.ts';
import type { Cancel } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import { foldCall } from '../../store/context/fold.ts';
import type { CallHouse } from './house.ts';
import type { Legacy } from './journal.ts';
import type { CallDesk, CallFacts, NextStep, PhoneLeg } from './ports.ts';
import { CallRunner } from './runner.ts';
import type { EndReason } from './state.ts';

export interface RegistryOptions {
  /** Most calls at a time on this node. */
  readonly maxCalls: number;
  /** Most calls at a time of one caller's number; undefined: no limit. */
  readonly maxCallsPerCaller: number | undefined;
  /** Rung when we can't take a call or give it up. E.164. */
  readonly fallbackNumber: string | undefined;
}

/** Without a frame for this long a stream counts as dead: Twilio sends one every 20 ms, silence included. */
const deadLineMs = 1_500;
/** How long a new stream of a call waits until the old one's last events are stored. */
const handOverMs = 1_000;
/** How long the outcome of a call that ended here is remembered for the carrier's question. */
const rememberMs = 600_000;
/** How long the carrier's question may wait for the store: the answer must come in well under 15 s, and the caller hears silence. */
const storePatienceMs = 2_000;
/** A call that was taken up this often goes to a person, or ends with words: something in it may be what kills nodes. */
const mostResumes = 2;

/** After this long without a question from the carrier a call that is over is hung up by order. */
const hangUpMs = 8_000;

/** How a call ended here, until the carrier has asked. */
interface Outcome {
  readonly reason: EndReason;
  /** Calls the order to hang up off. */
  readonly wasAsked: Cancel;
}

/** How long a node that goes waits for the carrier to ask about the calls that it handed back. */
const handBackMs = 2_500;

const oneMomentWords = 'One moment, please.';
const busyWords = 'All our lines are busy right now. Please call again in a few minutes. Goodbye.';
const gaveUpWords =
  'I am sorry, we have a technical problem and cannot go on with this call. Please call again in a few minutes. Goodbye.';
const toPersonWords = 'One moment please, I am connecting you with a colleague.';

/** The calls of this node: the one entrance for the carrier's webhooks and streams. */
export class CallRegistry implements CallDesk {
  readonly #house: CallHouse;
  readonly #options: RegistryOptions;
  readonly #live = new Map<CallId, CallRunner>();
  readonly #outcomes = new Map<CallId, Outcome>();
  /** Calls that the carrier called over: whatever still comes of them is late. */
  readonly #completed = new Set<CallId>();
  /** Calls that the carrier asked about before it was written down how they ended. */
  readonly #asked = new Set<CallId>();
  readonly #handedBack = new Set<CallId>();
  #draining = false;
  /** While draining: looks again whether everything has left. */
  #onLeft: () => void = () => {};

  constructor(house: CallHouse, options: RegistryOptions) {
    this.#house = house;
    this.#options = options;
  }

  ring(call: CallFacts): NextStep {
    // A webhook of a call that is over: it came late, or somebody plays it again.
    if (this.#completed.has(call.callId) || this.#outcomes.get(call.callId)?.reason === 'agent-ended')
      return { kind: 'hang-up' };
    const refusal = this.#refusal(call);
    if (refusal === undefined) return { kind: 'connect', cause: 'answer' };
    this.#house.metrics.count('throughline_calls_refused_total', { reason: refusal });
    return this.#toPerson(busyWords);
  }

  #refusal({ callId, from }: CallFacts): 'full' | 'caller-limit' | 'draining' | undefined {
    if (this.#live.has(callId)) return undefined; // a webhook that came twice
    if (this.#draining) return 'draining';
    const { maxCalls, maxCallsPerCaller } = this.#options;
    if (this.#live.size >= maxCalls) return 'full';
    if (!/^\+\d{7,15}$/.test(from)) return undefined; // a hidden number says nothing about who calls
    const theirs = [...this.#live.values()].filter((runner) => runner.facts.from === from).length;
    return maxCallsPerCaller !== undefined && theirs >= maxCallsPerCaller ? 'caller-limit' : undefined;
  }

  accept(leg: PhoneLeg, call: CallFacts, cause: 'answer' | 'resume'): boolean {
    const before = this.#live.get(call.callId);
    if (this.#completed.has(call.callId)) return false;
    if (before !== undefined && endOf(before) === undefined && before.silentLineMs < deadLineMs) return false;
    const runner = new CallRunner(this.#house, leg, call);
    this.#live.set(call.callId, runner);
    this.#house.metrics.gauge('throughline_calls_active', this.#live.size);
    void this.#run(runner, before, cause);
    return true;
  }

  async #run(runner: CallRunner, before: CallRunner | undefined, cause: 'answer' | 'resume'): Promise<void> {
    const { callId } = runner.facts;
    void runner.ended.then((reason) => this.#left(runner, reason));
    let legacy: Legacy | undefined;
    if (before !== undefined) {
      before.input({ type: 'phone-lost' });
      await this.#within(before.ended, handOverMs);
      legacy = before.journal.handOver();
    }
    const known = before !== undefined || this.#outcomes.has(callId);
    if (cause === 'resume' || known) await runner.resume(legacy);
    else runner.answer();
  }

  #left(runner: CallRunner, reason: EndReason): void {
    const { callId } = runner.facts;
    if (this.#live.get(callId) === runner) this.#live.delete(callId);
    this.#house.metrics.gauge('throughline_calls_active', this.#live.size);
    const asks = this.#asked.delete(callId) || !(reason === 'agent-ended' || reason === 'gave-up');
    const wasAsked = asks ? () => {} : this.#hangUpLater(callId);
    const outcome = { reason, wasAsked };
    this.#outcomes.set(callId, outcome);
    this.#onLeft();
    this.#house.clock.after(ms(rememberMs), () => {
      if (this.#outcomes.get(callId) === outcome) this.#outcomes.delete(callId);
    });
  }

  /** The closed stream makes the carrier ask and hang up; a document that is not ours may have no such question. */
  #hangUpLater(callId: CallId): Cancel {
    const { clock, orders, log } = this.#house;
    if (orders === undefined) return () => {};
    return clock.after(ms(hangUpMs), () => {
      orders
        .complete(callId)
        .catch((error) => log.warn({ callId, error: messageOf(error) }, 'a call that is over could not be hung up'));
    });
  }

  async next(call: CallFacts): Promise<NextStep> {
    const step = await this.#next(call);
    const outcome = this.#outcomes.get(call.callId);
    if (outcome === undefined) this.#asked.add(call.callId);
    else outcome.wasAsked();
    if (!this.#draining || step.kind !== 'connect') return step;
    // This node is going: whoever answers in a moment takes the call up.
    this.#handedBack.delete(call.callId);
    this.#onLeft();
    return { kind: 'wait', words: oneMomentWords, seconds: 2 };
  }

  async #next(call: CallFacts): Promise<NextStep> {
    if (this.#completed.has(call.callId)) return { kind: 'hang-up' };
    const live = this.#live.get(call.callId);
    if (live !== undefined) {
      // The stream is over for the carrier; our side of it may hear of that a moment later.
      live.input({ type: 'phone-lost' });
      await this.#within(live.ended, handOverMs);
    }
    const outcome = this.#outcomes.get(call.callId);
    // How it ended may be known before its last events are stored.
    const reason = live === undefined ? outcome?.reason : endOf(live);
    if (reason === 'agent-ended') return { kind: 'hang-up' };
    if (reason === 'gave-up') return this.#toPerson(gaveUpWords);
    if (live !== undefined) return this.#goOn(live.journal.bundle);
    return this.#nextByStore(call);
  }

  async #nextByStore({ callId }: CallFacts): Promise<NextStep> {
    const bundle = await this.#within(this.#load(callId), storePatienceMs);
    if (bundle === undefined) return { kind: 'connect', cause: 'resume' };
    if (bundle.ended?.reason === 'agent-ended') return { kind: 'hang-up' };
    if (bundle.ended?.reason === 'gave-up') return this.#toPerson(gaveUpWords);
    return this.#goOn(bundle);
  }

  #goOn({ resumes }: ContextBundle): NextStep {
    return resumes >= mostResumes ? this.#toPerson(gaveUpWords) : { kind: 'connect', cause: 'resume' };
  }

  #toPerson(words: string): NextStep {
    const { fallbackNumber } = this.#options;
    return fallbackNumber === undefined
      ? { kind: 'goodbye', words }
      : { kind: 'dial', words: toPersonWords, number: fallbackNumber };
  }

  /** The bundle of a call, from memory while it is live here, else from the store. */
  async bundle(callId: CallId): Promise<ContextBundle | undefined> {
    return this.#live.get(callId)?.journal.bundle ?? this.#fromStore(callId);
  }

  async #fromStore(callId: CallId): Promise<ContextBundle | undefined> {
    const stored = await this.#house.store.load(callId);
    return stored === undefined ? undefined : foldCall(callId, stored.events);
  }

  async #load(callId: CallId): Promise<ContextBundle | undefined> {
    try {
      return await this.#fromStore(callId);
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

  ended(callId: CallId, _status: string): void {
    this.#outcomes.get(callId)?.wasAsked();
    this.#completed.add(callId);
    this.#house.clock.after(ms(rememberMs), () => this.#completed.delete(callId));
    this.#handedBack.delete(callId);
    this.#live.get(callId)?.input({ type: 'caller-hung-up' });
  }

  /** Whether a new call would be taken. */
  get takesCalls(): boolean {
    return !this.#draining && this.#live.size < this.#options.maxCalls;
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
   * Takes no new calls and waits for those that run; at the limit hands the rest back to the carrier, and stays to answer its
   * question how they go on. Resolves when all have left, or when the carrier did not ask in time.
   */
  async drain(limit: Milliseconds): Promise<void> {
    this.#draining = true;
    const allLeft = this.#until(() => this.#live.size === 0);
    if ((await this.#within(allLeft, limit)) !== undefined) return;
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

const endOf = ({ state }: CallRunner): EndReason | undefined => (state?.at === 'closed' ? state.reason : undefined);
