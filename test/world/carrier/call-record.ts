import type { Milliseconds } from '../../../infra/brand.ts';
import type { Clock } from '../../../infra/clock.ts';
import { EventSource } from '../../../infra/event-source.ts';
import { longestDeadAir, longestSilence, type Span, SpeechDetector, soundSpans, Track } from './track.ts';

type Fact =
  | {
      readonly type: 'webhook';
      readonly purpose: string;
      readonly url: string;
      readonly outcome: string;
      readonly ms: number;
    }
  | { readonly type: 'twiml'; readonly verbs: readonly string[] }
  | { readonly type: 'verb'; readonly name: string; readonly detail: string }
  | { readonly type: 'stream-opened'; readonly streamSid: string; readonly url: string }
  | { readonly type: 'stream-closed'; readonly streamSid: string; readonly by: 'gateway' | 'carrier'; readonly code: number }
  | { readonly type: 'agent-started' | 'agent-stopped' | 'caller-started' | 'caller-stopped' }
  | { readonly type: 'cleared'; readonly discardedMs: number }
  | { readonly type: 'mark-returned'; readonly name: string; readonly played: boolean }
  | { readonly type: 'digit-pressed'; readonly digit: string }
  /** A text of `<Say>` or of `<Pay>` begins, or is over; `whole`: it was heard to its end. */
  | { readonly type: 'say-started'; readonly text: string }
  | { readonly type: 'say-ended'; readonly text: string; readonly whole: boolean }
  /** Who hears this leg and is heard by it from now on, by sid. */
  | { readonly type: 'company'; readonly with: readonly string[] }
  /** `<Enqueue>` with a workflow made a task. */
  | {
      readonly type: 'task';
      readonly workflowSid: string;
      readonly attributes: Readonly<Record<string, unknown>>;
      readonly priority: string | undefined;
    }
  | { readonly type: 'room-entered'; readonly room: string }
  | { readonly type: 'room-left'; readonly room: string; readonly why: string }
  | { readonly type: 'message-refused'; readonly code: number; readonly why: string }
  /** An entry of Twilio's debugger. */
  | { readonly type: 'debugger'; readonly code: number; readonly message: string }
  | { readonly type: 'ended'; readonly reason: string; readonly status: string };

/** One thing that happened on a call; `at` is milliseconds since the first ring. */
export type CallFact = Fact & { readonly at: number };

/** All that is known about one call on the carrier's side: what was heard and said, and what happened. */
export class CallRecord {
  readonly clock: Clock;
  readonly origin: Milliseconds;
  /** What the caller heard. */
  readonly heard = new Track();
  /** What the caller said, also while nobody listened. */
  readonly spoken = new Track();
  /** The sound of the keys that were pressed. Who talks with this leg hears it; a stream gets messages in its place. */
  readonly keys = new Track();
  readonly events = new EventSource<CallFact>();
  readonly facts: CallFact[] = [];
  /** When there was audio of any stream to play: see `Playout.spans`. */
  readonly playouts: { readonly spans: readonly Span[] }[] = [];
  readonly agentEar = new SpeechDetector(this.heard, (on, at) =>
    this.#noteAt({ type: on ? 'agent-started' : 'agent-stopped' }, at),
  );
  readonly callerEar = new SpeechDetector(this.spoken, (on, at) =>
    this.#noteAt({ type: on ? 'caller-started' : 'caller-stopped' }, at),
  );

  constructor(clock: Clock) {
    this.clock = clock;
    this.origin = clock.now();
  }

  /** Call time: milliseconds since the first ring. */
  get now(): number {
    return this.clock.now() - this.origin;
  }

  note(fact: Fact): void {
    this.#noteAt(fact, this.now);
  }

  debug(code: number, message: string): void {
    this.note({ type: 'debugger', code, message });
  }

  /** Sids of the legs that hear this one and are heard by it. */
  get company(): readonly string[] {
    return this.facts.findLast((fact) => fact.type === 'company')?.with ?? [];
  }

  /** Texts of `<Say>` that were heard to their end. */
  get said(): readonly string[] {
    return this.facts.flatMap((fact) => (fact.type === 'say-ended' && fact.whole ? [fact.text] : []));
  }

  /** How the leg ended, or undefined. */
  get end(): { readonly reason: string; readonly status: string } | undefined {
    return this.facts.find((fact) => fact.type === 'ended');
  }

  /** Codes of Twilio's debugger, in order. */
  get debuggerCodes(): number[] {
    return this.facts.flatMap((fact) => (fact.type === 'debugger' ? [fact.code] : []));
  }

  /** The longest silence in the caller's ear while it was the agent's turn. `playout`: count any audio as sound, exact to the sample. */
  deadAir(range: Span, by: 'ear' | 'playout' = 'ear'): Span {
    const agent = by === 'ear' ? soundSpans(this.heard, range) : this.playouts.flatMap((playout) => playout.spans);
    return longestDeadAir(agent, this.utterances(range), range);
  }

  /** The longest silence in the caller's ear, whoever's turn it was. */
  silence(range: Span): Span {
    return longestSilence(soundSpans(this.heard, range), range);
  }

  /** How often audio came too late to follow the audio before it without a gap: the gateway's pacing is too tight. */
  get underruns(): number {
    const gaps = this.playouts.flatMap(({ spans }) =>
      spans.map((span, at) => span.from - (spans[at - 1]?.to ?? Number.NEGATIVE_INFINITY)),
    );
    return gaps.filter((gap) => gap > 0 && gap < 60).length;
  }

  /** What the caller said within `range`, as utterances: pauses under 400 ms belong to them. */
  utterances(range: Span): Span[] {
    const spans: { from: number; to: number }[] = [];
    for (const span of soundSpans(this.spoken, range)) {
      const last = spans.at(-1);
      if (last !== undefined && span.from - last.to < 400) last.to = span.to;
      else spans.push({ ...span });
    }
    return spans;
  }

  #noteAt(fact: Fact, at: number): void {
    const whole = { ...fact, at };
    this.facts.push(whole);
    this.events.emit(whole);
  }
}
