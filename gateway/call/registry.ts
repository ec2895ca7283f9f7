import { type CallId, type Milliseconds, ms } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import { foldCall } from '../../store/context/fold.ts';
import { EndedCalls } from './ended-calls.ts';
import type { CallHouse } from './house.ts';
import type { Legacy } from './journal.ts';
import { allLinesBusy, answer, askAgain, hangUp, resume, stepAfter } from './next-step.ts';
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
/** How long the carrier's question may wait for the store: the answer must come in well under 15 s, and the caller hears silence. */
const storePatienceMs = 2_000;
/** How long a node that goes waits for the carrier to ask about the calls that it handed back. */
const handBackMs = 2_500;

/** The calls of this node: the one entrance for the carrier's webhooks and streams. */
export class CallRegistry implements CallDesk {
  readonly #house: CallHouse;
  readonly #options: RegistryOptions;
  readonly #live = new Map<CallId, CallRunner>();
  readonly #past: EndedCalls;
  readonly #handedBack = new Set<CallId>();
  #draining = false;
  /** While draining: looks again whether everything has left. */
  #onLeft: () => void = () => {};

  constructor(house: CallHouse, options: RegistryOptions) {
    this.#house = house;
    this.#options = options;
    this.#past = new EndedCalls(house);
  }

  ring(call: CallFacts): NextStep {
    // A webhook of a call that is over: it came late, or somebody plays it again.
    if (this.#past.isComplete(call.callId) || this.#past.reason(call.callId) === 'agent-ended') return hangUp;
    const refusal = this.#refusal(call);
    if (refusal === undefined) return answer;
    this.#house.metrics.count('throughline_calls_refused_total', { reason: refusal });
    return allLinesBusy(this.#options.fallbackNumber);
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
    if (this.#past.isComplete(call.callId)) return false;
    if (before !== undefined && endOf(before) === undefined && before.silentLineMs < deadLineMs) return false;
    const runner = new CallRunner(this.#house, leg, call);
    this.#live.set(call.callId, runner);
    this.#house.metrics.gauge('throughline_calls_active', this.#live.size);
    void this.#run(runner, before, cause);
    return true;
  }

  async #run(runner: CallRunner, before: CallRunner | undefined, cause: 'answer' | 'resume'): Promise<void> {
    void runner.ended.then((reason) => this.#left(runner, reason));
    const seenBefore = before !== undefined || this.#past.reason(runner.facts.callId) !== undefined;
    const legacy = before === undefined ? undefined : await this.#takeFrom(before);
    if (cause === 'resume' || seenBefore) await runner.resume(legacy);
    else runner.answer();
  }

  /** Ends the life of a call on its old stream, and takes what is known of it. */
  async #takeFrom(before: CallRunner): Promise<Legacy> {
    before.input({ type: 'phone-lost' });
    await this.#within(before.ended, handOverMs);
    return before.journal.handOver();
  }

  #left(runner: CallRunner, reason: EndReason): void {
    const { callId } = runner.facts;
    if (this.#live.get(callId) === runner) this.#live.delete(callId);
    this.#house.metrics.gauge('throughline_calls_active', this.#live.size);
    this.#past.left(callId, reason);
    this.#onLeft();
  }

  async next(call: CallFacts): Promise<NextStep> {
    const { callId } = call;
    const step = await this.#next(callId);
    this.#past.asked(callId, this.#live.has(callId));
    if (!this.#draining || step !== resume) return step;
    this.#handedBack.delete(callId);
    this.#onLeft();
    return askAgain;
  }

  async #next(callId: CallId): Promise<NextStep> {
    if (this.#past.isComplete(callId)) return hangUp;
    const { fallbackNumber } = this.#options;
    const live = this.#live.get(callId);
    if (live !== undefined) {
      // The stream is over for the carrier; our side of it may hear of that a moment later.
      live.input({ type: 'phone-lost' });
      await this.#within(live.ended, handOverMs);
      // How it ended may be known before its last events are stored.
      return stepAfter(endOf(live), live.journal.bundle.resumes, fallbackNumber);
    }
    const reason = this.#past.reason(callId);
    if (reason === 'agent-ended' || reason === 'gave-up') return stepAfter(reason, 0, fallbackNumber);
    const bundle = await this.#within(this.#load(callId), storePatienceMs);
    return bundle === undefined ? resume : stepAfter(bundle.ended?.reason, bundle.resumes, fallbackNumber);
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
    this.#past.complete(callId);
    this.#handedBack.delete(callId);
    this.#live.get(callId)?.input({ type: 'caller-hung-up' });
  }

  /** Whether a new call would be taken. */
  get readiness(): 'ready' | 'full' | 'draining' {
    if (this.#draining) return 'draining';
    return this.#live.size < this.#options.maxCalls ? 'ready' : 'full';
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
