import { Application, type CallIdentity, type TwimlDocument } from './application.ts';
import { CallRecord } from './call-record.ts';
import { LegStreams } from './leg-streams.ts';
import { Playout } from './playout.ts';
import { type Ending, type Next, runVerb, type Stage, type TwimlSource, waitFor } from './twiml-verbs.ts';
import type { CarrierWorld } from './world.ts';

/** A document without anything that takes time, so many times in a row, is a loop. */
const loopLimit = 30;

/** The carrier's side of one call: asks the application for TwiML, executes it, and says how the call ended. */
export class CallLeg {
  readonly identity: CallIdentity;
  readonly record: CallRecord;
  readonly streams: LegStreams;
  readonly startedAt: Date;
  readonly #world: CarrierWorld;
  readonly #application: Application;
  readonly #ended = Promise.withResolvers<void>();
  #status = 'ringing';
  #document = new AbortController();

  constructor(world: CarrierWorld, identity: CallIdentity) {
    const record = new CallRecord(world.clock);
    const application = new Application({ world, identity, record, status: () => this.#status });
    this.#world = world;
    this.identity = identity;
    this.record = record;
    this.startedAt = new Date(world.clock.wall());
    this.#application = application;
    this.streams = new LegStreams({ world, identity, record, application });
  }

  /** Twilio's `CallStatus`. */
  get status(): string {
    return this.#status;
  }

  /** Settles when the call is over. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get over(): boolean {
    return this.#status !== 'ringing' && this.#status !== 'in-progress';
  }

  /** Asks the number's voice URL what to do. `twice`: the webhook is delivered twice, and the second answer counts. */
  ring(twice: boolean): void {
    const { voiceUrl, voiceMethod = 'POST' } = this.#world.number;
    const source = { kind: 'url', purpose: 'voice', url: voiceUrl, method: voiceMethod } as const;
    if (twice) void this.#application.document(source);
    this.redirect(source);
  }

  /** Abandons the running document, its stream included, and runs another. */
  redirect(source: TwimlSource): void {
    this.#document.abort();
    this.#document = new AbortController();
    const { signal } = this.#document;
    void this.#run(source, signal).then((ending) => {
      if (!signal.aborted) this.end(ending.reason, ending.status);
    });
  }

  /** Ends the call. The first reason wins. */
  end(reason: string, status: string): void {
    if (this.over) return;
    this.#status = status;
    this.#document.abort();
    this.record.note({ type: 'ended', reason, status });
    this.#ended.resolve();
    const seconds = Math.round(this.record.now / 1_000);
    this.#application.notify('status', this.#world.number.statusCallback, {
      CallDuration: String(seconds),
      Duration: String(Math.ceil(seconds / 60)),
      Timestamp: new Date(this.#world.clock.wall()).toUTCString(),
      CallbackSource: 'call-progress-events',
      SequenceNumber: '0',
    });
  }

  /** Runs documents until one ends the call. What it says after the abort of `signal` counts for nothing. */
  async #run(first: TwimlSource, signal: AbortSignal): Promise<Ending> {
    let source = first;
    for (let idle = 0; idle < loopLimit && !signal.aborted; ) {
      const document = await this.#application.document(source);
      const startedAt = this.record.now;
      const next = document === undefined ? await this.#apologise(signal) : await this.#perform(document, signal);
      if (next.go === 'end') return next;
      if (next.go === 'on') return { go: 'end', reason: 'twiml-ended', status: 'completed' };
      source = next.source;
      idle = this.record.now - startedAt < 100 ? idle + 1 : 0;
    }
    if (!signal.aborted) this.record.debug(11215, `${loopLimit} documents in a row did nothing`);
    return { go: 'end', reason: 'redirect-loop', status: 'completed' };
  }

  async #perform(document: TwimlDocument, signal: AbortSignal): Promise<Next> {
    const stage = this.#stage(document.base);
    for (const verb of document.verbs) {
      if (signal.aborted) break;
      if (verb.name !== 'Reject') this.#status = 'in-progress';
      const next = await runVerb(stage, verb, signal);
      if (next.go !== 'on') return next;
    }
    return { go: 'on' };
  }

  #stage(base: string): Stage {
    const { afterBreak, dialOutcome, say, sid } = this.#world;
    return {
      record: this.record,
      base,
      dialOutcome,
      say,
      sid,
      announce: (mulaw, signal) => this.#announce(mulaw, signal),
      stream: async (plan, signal) => (await this.streams.run(plan, signal))?.code !== 1006 || afterBreak === 'action',
      streamRefused: (element, code, message) => this.streams.refuse(element, code, message),
    };
  }

  /** No TwiML to be had: the caller hears an error message and the call ends. */
  async #apologise(signal: AbortSignal): Promise<Ending> {
    if (!signal.aborted) await this.#announce(this.#world.say('We are sorry, an application error has occurred.'), signal);
    return { go: 'end', reason: 'application-error', status: 'completed' };
  }

  async #announce(mulaw: Uint8Array, signal: AbortSignal): Promise<void> {
    const { clock, origin, heard } = this.record;
    const playout = new Playout({ clock, origin, heard, marked: () => {} });
    this.record.playouts.push(playout);
    playout.play(mulaw);
    await waitFor(clock, playout.queuedMs, signal);
    playout.stop();
  }
}
