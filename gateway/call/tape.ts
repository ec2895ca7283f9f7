import type { Clock } from '../../infra/clock.ts';
import { mulawBytesPerMs } from './kept-words.ts';
import { Pauses } from './pauses.ts';
import type { Reel } from './recording-port.ts';
import { SoundRing } from './sound-ring.ts';
import { Veil } from './veil.ts';

/** Written a second at a time. */
const secondSamples = 1_000 * mulawBytesPerMs;
/** Where speech is in time is known better once its first mark came back, and a key is told of after its tone began: written so much later. */
const behindSamples = secondSamples;
/** A disk may stand still for some six seconds before anything is lost. */
const callerSamples = 8 * secondSamples;
/** The carrier is up to five seconds ahead of what is heard. */
const agentSamples = callerSamples + 6 * secondSamples;
/** Frames come with jitter; what is further off than this is put where it belongs. */
const jitterSamples = 200 * mulawBytesPerMs;
/** Audio that is sent on time goes right behind what was sent before. */
const seamSamples = 10 * mulawBytesPerMs;
/** A key is told of up to so much after its tone began. */
const toneMs = 300;

/** Why a frame of the caller may not be kept: it came while digits were collected in secret. */
export type Hidden = 'secure' | undefined;

/**
 * Both sides of a call on one clock: what the caller said, as it came, and what was played to them, where the carrier plays it as far as is
 * known. It is held for two seconds and then goes to the reel, whose troubles end here. No tone of a key is kept: while keys are
 * pressed the caller's side is silent.
 */
export class Tape {
  readonly #clock: Clock;
  readonly #reel: Reel;
  readonly #origin: number;
  readonly #caller = new SoundRing(callerSamples);
  readonly #agent = new SoundRing(agentSamples);
  readonly #keys = new Veil();
  readonly #pauses = new Pauses();
  // Positions: samples since the beginning.
  /** All before it went to the reel, or is lost. */
  #written = 0;
  #callerEnd = 0;
  /** Where that began which plays without a gap, and where all that was sent ends. */
  #runFrom = 0;
  #agentEnd = 0;
  #lost = 0;
  #end: number | undefined;

  constructor({ clock, reel }: { readonly clock: Clock; readonly reel: Reel }) {
    this.#clock = clock;
    this.#reel = reel;
    this.#origin = clock.now();
  }

  #positionOf(at: number): number {
    return Math.max(0, Math.round((at - this.#origin) * mulawBytesPerMs));
  }

  /** A frame of the caller, as others may hear it. `inserted`: the carrier brought nothing. */
  heard(mulaw: Uint8Array, inserted: boolean, hidden: Hidden): void {
    if (this.#end !== undefined) return;
    const now = this.#positionOf(this.#clock.now());
    const shown = this.#keys.pass(mulaw);
    const from = this.#callerEnd;
    if (inserted) this.#callerEnd = Math.max(from, Math.min(now, from + mulaw.length));
    else this.#put(shown, now);
    const why = hidden ?? (shown === mulaw ? undefined : 'keys');
    this.#pauses.note(why, from / mulawBytesPerMs, this.#callerEnd / mulawBytesPerMs);
    this.flush();
  }

  /** It has just been said when it comes; those before and behind it are its neighbours. */
  #put(mulaw: Uint8Array, now: number): void {
    const due = Math.max(0, now - mulaw.length);
    if (this.#callerEnd === 0 || Math.abs(due - this.#callerEnd) > jitterSamples) this.#callerEnd = due;
    if (this.#fits(this.#callerEnd, mulaw, this.#caller)) this.#caller.write(this.#callerEnd, mulaw);
    this.#callerEnd += mulaw.length;
  }

  #fits(at: number, mulaw: Uint8Array, ring: SoundRing): boolean {
    return at >= this.#written && at + mulaw.length <= this.#written + ring.length;
  }

  /** Went to the carrier, which plays it from `startsAt` on (as `Clock.now`). */
  sent(mulaw: Uint8Array, startsAt: number): void {
    if (this.#end !== undefined) return;
    const at = this.#positionOf(startsAt);
    if (Math.abs(at - this.#agentEnd) > seamSamples) {
      this.#agentEnd = at;
      this.#runFrom = at;
    }
    if (this.#fits(this.#agentEnd, mulaw, this.#agent)) this.#agent.write(this.#agentEnd, mulaw);
    this.#agentEnd += mulaw.length;
    this.flush();
  }

  /** What plays now plays so much later than was thought, in ms. */
  shifted(by: number): void {
    const from = Math.max(this.#runFrom, this.#written);
    const samples = Math.max(this.#written - from, Math.round(by * mulawBytesPerMs));
    if (samples === 0 || this.#agentEnd <= from) return;
    this.#agent.move(from, this.#agentEnd, samples);
    this.#runFrom += samples;
    this.#agentEnd += samples;
  }

  /** The carrier throws away what was not heard yet. */
  cut(): void {
    const now = Math.max(this.#written, this.#positionOf(this.#clock.now()));
    if (now >= this.#agentEnd) return;
    this.#agent.silence(now, this.#agentEnd);
    this.#agentEnd = now;
  }

  /** What the caller's line brought in the last `backMs` is for nobody; keys before that were left out when they came. */
  hide(backMs: number): void {
    const from = Math.max(this.#written, this.#callerEnd - backMs * mulawBytesPerMs);
    this.#caller.silence(Math.round(from), this.#callerEnd);
  }

  /** A key was pressed: its tone began a moment ago, and others may follow. Or what was begun with keys is over. */
  keyed(what: 'pressed' | 'over'): void {
    if (what === 'over') this.#keys.lift('after-key');
    else this.#leaveKeyOut();
  }

  #leaveKeyOut(): void {
    this.hide(toneMs);
    const end = this.#callerEnd / mulawBytesPerMs;
    if (!this.#pauses.isOpen) this.#pauses.note('keys', Math.max(0, end - toneMs), end);
    this.#keys.draw();
  }

  /** Gives to the reel what is old enough. */
  flush(): void {
    const upTo = this.#end ?? this.#positionOf(this.#clock.now()) - behindSamples;
    while (this.#written + secondSamples <= upTo) {
      if (this.#give(secondSamples)) continue;
      if (upTo - this.#written + 2 * secondSamples < callerSamples) return;
      this.#lose();
    }
    if (this.#end === undefined) return;
    if (this.#end > this.#written && !this.#give(this.#end - this.#written)) return;
    this.#reel.end();
  }

  #give(count: number): boolean {
    const from = this.#written;
    const isTaken = this.#reel.take(2 * count, (into) => {
      this.#caller.takeInto(into, { from, count, channel: 0 });
      this.#agent.takeInto(into, { from, count, channel: 1 });
    });
    if (isTaken) this.#written += count;
    return isTaken;
  }

  #lose(): void {
    const to = this.#written + secondSamples;
    this.#caller.silence(this.#written, to);
    this.#agent.silence(this.#written, to);
    this.#written = to;
    this.#lost += secondSamples;
    this.#reel.skip();
  }

  /** The line is gone: all that was heard until now goes to the reel. Safe to call twice. */
  stop(): void {
    if (this.#end !== undefined) return;
    this.#end = Math.max(this.#written, this.#positionOf(this.#clock.now()));
    this.flush();
  }

  get durationMs(): number {
    return Math.round((this.#end ?? this.#positionOf(this.#clock.now())) / mulawBytesPerMs);
  }

  /** What the disk was too slow for. */
  get lostMs(): number {
    return this.#lost / mulawBytesPerMs;
  }

  get pauses() {
    return this.#pauses.all;
  }
}
