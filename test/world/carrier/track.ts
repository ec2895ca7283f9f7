import { levelOf, samplesPerMs, silence } from './mulaw.ts';

/** A stretch of call time in milliseconds, `to` not included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One direction of a call as mu-law, aligned to call time: sample 0 is the first ring. Silence where nothing was written. */
export class Track {
  #bytes = new Uint8Array(10_000 * samplesPerMs).fill(silence);
  #end = 0;

  /** Samples up to the last one written. */
  get length(): number {
    return this.#end;
  }

  write(at: number, mulaw: Uint8Array): void {
    const end = at + mulaw.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length)).fill(silence);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(mulaw, at);
    this.#end = Math.max(this.#end, end);
  }

  /** Takes back all that was written from sample `at` on. */
  eraseFrom(at: number): void {
    if (at >= this.#end) return;
    this.#bytes.fill(silence, at, this.#end);
    this.#end = at;
  }

  /** A copy of samples `from` to `to`, padded with silence. */
  slice(from: number, to: number): Uint8Array {
    if (to <= this.#bytes.length) return this.#bytes.slice(from, to);
    const padded = new Uint8Array(to - from).fill(silence);
    padded.set(this.#bytes.subarray(from, to));
    return padded;
  }

  /** Level of samples `from` to `to` in dBFS. */
  level(from: number, to: number): number {
    return levelOf(this.#bytes.subarray(from, Math.min(to, this.#end)));
  }
}

/** Quieter than this is silence to the ear on a telephone: 20 dB under ordinary speech. */
export const audibleDb = -46;

/** Where a track can be heard, in windows of 10 ms, between two call times. Neighbouring windows are one span. */
export const soundSpans = (track: Track, range: Span): Span[] => {
  const spans: Span[] = [];
  let open: { from: number; to: number } | undefined;
  for (let at = range.from; at < range.to; at += 10) {
    const to = Math.min(at + 10, range.to);
    const loud = track.level(Math.round(at * samplesPerMs), Math.round(to * samplesPerMs)) > audibleDb;
    if (loud && open?.to === at) open.to = to;
    else if (loud) {
      open = { from: at, to };
      spans.push(open);
    }
  }
  return spans;
};

const longest = (spans: readonly Span[], at: number): Span =>
  spans.reduce<Span>((best, span) => (span.to - span.from > best.to - best.from ? span : best), { from: at, to: at });

/** The longest stretch of `range` without any of the spans. */
export const longestSilence = (sounds: readonly Span[], range: Span): Span => {
  const gaps: Span[] = [];
  let end = range.from;
  for (const sound of sounds) {
    if (sound.from > end) gaps.push({ from: end, to: Math.min(sound.from, range.to) });
    end = Math.max(end, sound.to);
  }
  if (end < range.to) gaps.push({ from: end, to: range.to });
  return longest(gaps, range.from);
};

/**
 * The longest silence of `range` while it is the agent's turn: after the caller finished, before the agent's first word, and
 * between two sounds of the agent. After the agent finished and the caller speaks next, the turn was the caller's.
 */
export const longestDeadAir = (agent: readonly Span[], caller: readonly Span[], range: Span): Span => {
  const sounds = [...agent.map((span) => ({ ...span, who: 'agent' })), ...caller.map((span) => ({ ...span, who: 'caller' }))]
    .filter((sound) => sound.to > range.from && sound.from < range.to)
    .sort((one, other) => one.from - other.from);
  const gaps: Span[] = [];
  let end = range.from;
  let last = 'nobody';
  for (const sound of sounds) {
    if (sound.from > end && (last === 'caller' || sound.who === 'agent')) gaps.push({ from: end, to: sound.from });
    if (sound.to > end) {
      end = sound.to;
      last = sound.who;
    }
  }
  if (end < range.to && last !== 'agent') gaps.push({ from: end, to: range.to });
  return longest(gaps, range.from);
};

/** Notices on the fly when a track becomes audible and when it has been quiet for `hangoverMs`. */
export class SpeechDetector {
  readonly #track: Track;
  readonly #changed: (audible: boolean, at: number) => void;
  #seenMs = 0;
  #lastLoudMs = Number.NEGATIVE_INFINITY;
  #audible = false;
  #audibleMs = 0;

  constructor(track: Track, changed: (audible: boolean, at: number) => void) {
    this.#track = track;
    this.#changed = changed;
  }

  /** When the last loud window ended, in call time; `-Infinity` before the first. */
  get lastLoudMs(): number {
    return this.#lastLoudMs;
  }

  /** Milliseconds of audible audio so far. */
  get audibleMs(): number {
    return this.#audibleMs;
  }

  /** True from the first loud window until it was quiet for 200 ms. */
  get audible(): boolean {
    return this.#audible;
  }

  /** Looks at all whole windows of 20 ms before `nowMs`. */
  advance(nowMs: number, hangoverMs = 200): void {
    for (; this.#seenMs + 20 <= nowMs; this.#seenMs += 20) {
      const from = this.#seenMs * samplesPerMs;
      if (this.#track.level(from, from + 160) > audibleDb) this.#loud();
      else if (this.#audible && this.#seenMs + 20 - this.#lastLoudMs >= hangoverMs) {
        this.#audible = false;
        this.#changed(false, this.#lastLoudMs);
      }
    }
  }

  #loud(): void {
    this.#lastLoudMs = this.#seenMs + 20;
    this.#audibleMs += 20;
    if (this.#audible) return;
    this.#audible = true;
    this.#changed(true, this.#seenMs);
  }
}
