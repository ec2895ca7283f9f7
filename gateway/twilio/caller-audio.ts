import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { MULAW_SILENCE } from '../audio/g711.ts';
import type { CallerAudioListener } from '../call/ports.ts';
import type { Place } from './sequence-watch.ts';

/** Twilio's frames, and what they are in milliseconds. */
const bytesPerMs = 8;
const frameMs = 20;
/** A message that came before its time waits this long, or for so many others, for the one that is missing. */
const reorderMs = 60;
const reorderFrames = 4;
/** So many late ones in a row are no late ones: the stream counts from the beginning again. */
const mostLate = 25;
/** No longer hole is filled. A longer jump is a new beginning: hold, or a carrier that lost count. */
const longestHoleMs = 10_000;
/** The model's VAD ends a turn on silence that it hears. When nothing comes at all it gets a second of it, once. */
const stalledMs = 750;
const stallFillMs = 1_000;
/** Speech that comes this much later than it should is not worth hearing any more. */
const staleMs = 1_000;
/** A burst is told from a line that is merely later now by what comes in this time: more than three times as much. */
const burstLookMs = 40;
const burstFactor = 3;
/** How fast the usual delay of a line may grow, per millisecond of audio, without being taken for a stall. */
const driftPerMs = 0.2;

/** Silence in pieces that every listener takes. */
const silencePiece = new Uint8Array(100 * bytesPerMs).fill(MULAW_SILENCE);

export type AudioTrouble = 'reordered' | 'late' | 'stale' | 'gap' | 'stall';

const ignoreAudio: CallerAudioListener = () => {};

/** Below every time. */
const unknown = -(2 ** 31);

interface Frame {
  readonly mulaw: Uint8Array;
  readonly timestampMs: number;
}

const lengthOf = (mulaw: Uint8Array): number => mulaw.length / bytesPerMs;

/**
 * The caller's speech as one unbroken line, whatever the messages do: in order by timestamp, holes filled with silence, old speech after
 * a stall dropped, a second of silence when nothing comes. Frames that come as they should pass at once.
 */
export class CallerAudio {
  readonly #clock: Clock;
  readonly #count: (trouble: AudioTrouble) => void;
  #hear = ignoreAudio;
  // Whole milliseconds, and `unknown` for what is not known yet: so these stand in the object itself, not each in a place of its own.
  /** Stream time of the next frame, by the samples so far. */
  #next = unknown;
  /** Frames whose predecessors are missing, by time. */
  #early: Frame[] = [];
  #cancelEarly: Cancel | undefined;
  /** Frames in a row that came after their time. */
  #lateOnes = 0;
  /** Frames that are too late, until it is known whether they are a burst. */
  #overdue: Frame[] = [];
  #cancelOverdue: Cancel | undefined;
  /** Arrival less timestamp, at its best. */
  #usualDelay = unknown;
  #lastCameAt = 0;
  #cancelStall: Cancel | undefined;
  /** Silence that stands for what did not come. */
  #filledMs = 0;

  constructor(clock: Clock, count: (trouble: AudioTrouble) => void) {
    this.#clock = clock;
    this.#count = count;
  }

  /** Speech in order. */
  onAudio(listener: CallerAudioListener): void {
    this.#hear = listener;
  }

  get #now(): number {
    return Math.trunc(this.#clock.now());
  }

  /** A frame came; valid during the call. `place`: of its message in the stream. */
  frame(mulaw: Uint8Array, timestampMs: number | undefined, place: Place): void {
    const now = this.#now;
    this.#lastCameAt = now;
    this.#watchStall();
    const time = timestampMs ?? this.#nextOr(0);
    if (timestampMs !== undefined && this.#isOverdue(now - time, mulaw)) this.#keepOverdue({ mulaw, timestampMs: time });
    else {
      // It caught up, so what came before it was a burst of old speech.
      if (this.#overdue.length > 0) this.#dropOverdue(time);
      this.#sort(mulaw, time, place);
    }
  }

  stop(): void {
    this.#cancelEarly?.();
    this.#cancelOverdue?.();
    this.#cancelStall?.();
    this.#early = [];
    this.#overdue = [];
  }

  #nextOr(other: number): number {
    return this.#next === unknown ? other : this.#next;
  }

  // In order.

  #sort(mulaw: Uint8Array, time: number, place: Place): void {
    const ahead = time - this.#nextOr(time);
    if (ahead >= frameMs && (place === 'ahead' || this.#early.length > 0)) this.#wait({ mulaw, timestampMs: time });
    else if (ahead <= -frameMs && place === 'behind' && this.#lateOnes < mostLate) {
      this.#lateOnes += 1;
      this.#count('late');
    } else {
      this.#lateOnes = 0;
      this.#emit(mulaw, time);
      this.#emitEarly();
    }
  }

  #emit(mulaw: Uint8Array, time: number): void {
    const ahead = time - this.#nextOr(time);
    if (ahead >= frameMs) this.#fill(ahead);
    this.#filledMs = 0;
    const length = lengthOf(mulaw);
    // Timestamps may jitter: small differences are made good slowly, large ones at once.
    this.#next = Math.abs(ahead) >= frameMs ? time + length : time - Math.round(ahead * 0.9) + length;
    this.#hear(mulaw, false);
  }

  /** Silence where nothing came, less what was filled in already. */
  #fill(hole: number): void {
    this.#count('gap');
    if (hole > longestHoleMs) return;
    this.#silence(hole - this.#filledMs);
  }

  #silence(length: number): void {
    for (let left = Math.round(length * bytesPerMs); left > 0; left -= silencePiece.length)
      this.#hear(left >= silencePiece.length ? silencePiece : silencePiece.subarray(0, left), true);
  }

  /** It came too early: the one before it may still come. */
  #wait({ mulaw, timestampMs }: Frame): void {
    this.#count('reordered');
    if (this.#early.some((frame) => frame.timestampMs === timestampMs)) return;
    this.#early.push({ mulaw: mulaw.slice(), timestampMs });
    this.#early.sort((a, b) => a.timestampMs - b.timestampMs);
    if (this.#early.length >= reorderFrames) this.#giveUpWaiting();
    else this.#cancelEarly ??= this.#clock.after(ms(reorderMs), () => this.#giveUpWaiting());
  }

  #giveUpWaiting(): void {
    this.#cancelEarly?.();
    this.#cancelEarly = undefined;
    const first = this.#early.shift();
    if (first === undefined) return;
    this.#emit(first.mulaw, first.timestampMs);
    this.#emitEarly();
    if (this.#early.length > 0) this.#cancelEarly = this.#clock.after(ms(reorderMs), () => this.#giveUpWaiting());
  }

  /** What waited and is next. */
  #emitEarly(): void {
    for (let first = this.#early[0]; first !== undefined; first = this.#early[0]) {
      const ahead = first.timestampMs - this.#nextOr(0);
      if (ahead >= frameMs) return;
      this.#early.shift();
      if (ahead > -frameMs) this.#emit(first.mulaw, first.timestampMs);
    }
    this.#cancelEarly?.();
    this.#cancelEarly = undefined;
  }

  // In time.

  /** Whether it comes much later than the line's frames usually do. */
  #isOverdue(delay: number, mulaw: Uint8Array): boolean {
    const usual = this.#usualDelay === unknown ? delay : this.#usualDelay;
    this.#usualDelay = usual;
    if (delay - usual > staleMs) return true;
    this.#usualDelay = Math.min(delay, usual + driftPerMs * lengthOf(mulaw));
    return false;
  }

  #keepOverdue({ mulaw, timestampMs }: Frame): void {
    this.#overdue.push({ mulaw: mulaw.slice(), timestampMs });
    this.#cancelOverdue ??= this.#clock.after(ms(burstLookMs), () => this.#settleOverdue());
  }

  /** A burst is dropped, and may go on. Else the line is later than it was: this is usual now. */
  #settleOverdue(): void {
    this.#cancelOverdue = undefined;
    const [first] = this.#overdue;
    if (first === undefined) return;
    if (this.#overdue.reduce((sum, { mulaw }) => sum + lengthOf(mulaw), 0) > burstFactor * burstLookMs) {
      this.#dropOverdue(undefined);
      return;
    }
    this.#usualDelay = this.#now - first.timestampMs;
    for (const { mulaw, timestampMs } of this.#overdue.splice(0)) this.#sort(mulaw, timestampMs, 'next');
  }

  /** Too old to be heard. It leaves no hole to fill: the model had its silence while nothing came. */
  #dropOverdue(next: number | undefined): void {
    this.#cancelOverdue?.();
    this.#cancelOverdue = undefined;
    for (const { mulaw, timestampMs } of this.#overdue.splice(0)) {
      this.#count('stale');
      this.#next = timestampMs + lengthOf(mulaw);
    }
    this.#next = next ?? this.#next;
  }

  #watchStall(): void {
    this.#cancelStall ??= this.#clock.after(ms(stalledMs), () => this.#lookForStall());
  }

  #lookForStall(): void {
    const left = stalledMs - (this.#now - this.#lastCameAt);
    if (left > 0) this.#cancelStall = this.#clock.after(ms(left), () => this.#lookForStall());
    else {
      this.#cancelStall = undefined;
      this.#count('stall');
      this.#filledMs = stallFillMs;
      this.#silence(stallFillMs);
    }
  }
}
