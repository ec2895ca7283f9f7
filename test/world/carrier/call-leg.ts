import { Application } from './application.ts';
import { CallRecord } from './call-record.ts';
import { Documents } from './documents.ts';
import { Keypad } from './keypad.ts';
import type { Activity, Callback, CallIdentity, Leg, TwimlSource } from './leg.ts';
import { LegStreams } from './leg-streams.ts';
import { StatusCallbacks, type StatusPlan } from './status-callbacks.ts';
import type { CarrierWorld } from './world.ts';

export interface LegTerms {
  readonly callbacks: StatusPlan | undefined;
  readonly fallback: Callback | undefined;
}

/** SIP codes of calls that were not answered. */
const sipCodes: Readonly<Record<string, string>> = { busy: '486', 'no-answer': '487', canceled: '487', failed: '404' };

/** When a leg was asked for, answered and over, in call time. */
interface Times {
  answered: number | undefined;
  ended: number | undefined;
}

/** The carrier's side of one leg: asks the application for TwiML, executes it, and says how the call ended. */
export class CallLeg implements Leg {
  readonly identity: CallIdentity;
  readonly record: CallRecord;
  readonly streams: LegStreams;
  readonly keypad = new Keypad();
  readonly startedAt: Date;
  /** With answering machine detection, when it is known. */
  answeredBy: string | undefined;
  readonly #application: Application;
  readonly #documents: Documents;
  readonly #callbacks: StatusCallbacks;
  readonly #world: CarrierWorld;
  readonly #ended = Promise.withResolvers<void>();
  readonly #times: Times = { answered: undefined, ended: undefined };
  #status = 'queued';
  /** Whether documents may run: not before the answer, nor while the carrier finds out who answered. */
  #works = false;
  #held: { readonly activity: Activity; readonly controller: AbortController } | undefined;

  constructor(world: CarrierWorld, identity: CallIdentity, terms: LegTerms) {
    const record = new CallRecord(world.clock);
    const application = new Application({
      world,
      identity,
      record,
      fallback: terms.fallback,
      status: () => this.#status,
      answeredBy: () => this.answeredBy,
    });
    this.#world = world;
    this.identity = identity;
    this.record = record;
    this.startedAt = new Date(world.clock.wall());
    this.#application = application;
    this.#callbacks = new StatusCallbacks(world.clock, application, terms.callbacks);
    this.streams = new LegStreams({ world, identity, record, application });
    this.#documents = new Documents({ world, leg: this, application, streams: this.streams });
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
    return this.#times.ended !== undefined;
  }

  /** Whole seconds from the answer to the end; undefined before the end. */
  get durationSeconds(): number | undefined {
    const { answered, ended } = this.#times;
    return ended === undefined ? undefined : Math.round((ended - (answered ?? ended)) / 1_000);
  }

  /** When it ended, in wall time. */
  get endedAt(): Date | undefined {
    const { ended } = this.#times;
    return ended === undefined ? undefined : new Date(this.startedAt.getTime() + ended);
  }

  /** A caller rings: asks the number's voice URL what to do. `twice`: the webhook is delivered twice, and the second answer counts. */
  ring(twice: boolean): void {
    const { voiceUrl, voiceMethod = 'POST' } = this.#world.number;
    const source = { kind: 'url', purpose: 'voice', url: voiceUrl, method: voiceMethod } as const;
    this.#status = 'ringing';
    this.#works = true;
    if (twice) void this.#application.document(source);
    this.redirect(source);
  }

  /** A leg that we place leaves the queue. */
  initiate(): void {
    this.#callbacks.send('initiated', { CallStatus: 'initiated' });
  }

  /** The phone rings. */
  alert(): void {
    this.#status = 'ringing';
    this.#callbacks.send('ringing');
  }

  answer(): void {
    if (this.over || this.#status === 'in-progress') return;
    this.#status = 'in-progress';
    this.#times.answered = this.record.now;
    this.#callbacks.send('answered');
  }

  /** A leg that we placed starts with what it is there for. */
  work(): void {
    this.#works = true;
    this.#start();
  }

  /** Abandons the running document, its stream included, and runs another. */
  redirect(source: TwimlSource): void {
    this.occupy((run, signal) => run(source, { signal }));
  }

  /** Does this from now on, or from the answer on. The answer: a signal that aborts when it is told to do something else, or ended. */
  occupy(activity: Activity): AbortSignal {
    const controller = new AbortController();
    const before = this.#held;
    this.#held = { activity, controller };
    before?.controller.abort();
    this.#start();
    return controller.signal;
  }

  /** Where the end, and what else was asked for, is told from now on. */
  reportTo(callback: Callback): void {
    this.#callbacks.replace(callback);
  }

  /** A request with the parameters of the call, whose answer doesn't matter. */
  notify(purpose: string, callback: Callback, form: Readonly<Record<string, string>>): void {
    this.#application.notify(purpose, callback, form);
  }

  /** Ends the call. The first reason wins. */
  end(reason: string, status: string, sipResponseCode = sipCodes[status] ?? '200'): void {
    if (this.over) return;
    this.#status = status;
    this.#times.ended = this.record.now;
    this.#held?.controller.abort();
    this.record.note({ type: 'ended', reason, status });
    this.#ended.resolve();
    const seconds = this.durationSeconds ?? 0;
    this.#callbacks.send('completed', {
      CallDuration: String(seconds),
      Duration: String(Math.ceil(seconds / 60)),
      SipResponseCode: sipResponseCode,
    });
  }

  #start(): void {
    if (this.#held === undefined || this.over || !this.#works) return;
    const { activity, controller } = this.#held;
    const run = this.#documents.run.bind(this.#documents);
    void activity(run, controller.signal).then((next) => {
      if (controller.signal.aborted) return;
      if (next.go === 'end') this.end(next.reason, next.status);
      else this.end('twiml-ended', 'completed');
    });
  }
}
