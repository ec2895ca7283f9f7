import { ms } from '../../../infra/brand.ts';
import type { Cancel, Clock } from '../../../infra/clock.ts';
import type { CallRecord } from './call-record.ts';
import type { Leg } from './leg.ts';
import { frameBytes, frameMs, samplesPerMs, silence } from './mulaw.ts';
import { mixed } from './tones.ts';
import { Track } from './track.ts';

/** Sound is heard so much later than the end of the frame that it was said in. */
const delayMs = frameMs;

interface Voice {
  readonly leg: Leg;
  readonly muted: boolean;
  /** On the clock. */
  readonly since: number;
}

const positionOf = (record: CallRecord, at: number): number => Math.round((at - record.origin) * samplesPerMs);

/** What a voice said in the frame that begins at `from`, keys included; not what it said before it came. */
const saidIn = ({ leg, since }: Voice, from: number): Uint8Array[] => {
  const start = positionOf(leg.record, from);
  const unheard = Math.max(0, positionOf(leg.record, since) - start);
  return [leg.record.spoken, leg.record.keys].map((track) =>
    track.slice(start, start + frameBytes).fill(silence, 0, Math.min(unheard, frameBytes)),
  );
};

/** Lets several legs hear each other, in steps of 20 ms: everybody hears what the others say, never themselves. */
export class Mixer {
  readonly #clock: Clock;
  readonly #voices = new Set<Voice>();
  readonly #sounds = new Track();
  readonly #openedAt: number;
  #nextFrame: number;
  #cancel: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#openedAt = clock.now();
    this.#nextFrame = this.#openedAt;
  }

  /** The leg is heard and hears from now on. The answer takes it out again. */
  add(leg: Leg, { muted = false } = {}): () => void {
    const voice = { leg, muted, since: this.#clock.now() };
    if (this.#voices.size === 0) this.#start();
    this.#voices.add(voice);
    this.#tellCompany();
    return () => this.#remove(voice);
  }

  /** Everybody who is here hears this, from now on. */
  sound(mulaw: Uint8Array): void {
    this.#sounds.write(Math.round((this.#clock.now() - this.#openedAt) * samplesPerMs), mulaw);
  }

  /** Nobody hears anybody any more. */
  close(): void {
    for (const voice of [...this.#voices]) this.#remove(voice);
  }

  #start(): void {
    const passed = this.#clock.now() - this.#nextFrame;
    this.#nextFrame += frameMs * Math.floor(passed / frameMs);
    this.#tick();
  }

  #tick(): void {
    const now = this.#clock.now();
    for (; this.#nextFrame + frameMs <= now; this.#nextFrame += frameMs) this.#mix(this.#nextFrame);
    this.#cancel = this.#clock.after(ms(this.#nextFrame + frameMs - now), () => this.#tick());
  }

  #mix(from: number): void {
    const at = Math.round((from - this.#openedAt) * samplesPerMs);
    const sound = this.#sounds.slice(at, at + frameBytes);
    const said = [...this.#voices].map((voice) => ({ voice, parts: voice.muted ? [] : saidIn(voice, from) }));
    for (const { leg } of this.#voices) {
      const others = said.filter(({ voice }) => voice.leg !== leg).flatMap(({ parts }) => parts);
      leg.record.heard.write(positionOf(leg.record, from + frameMs + delayMs), mixed([sound, ...others]));
    }
  }

  #remove(voice: Voice): void {
    if (!this.#voices.delete(voice)) return;
    const { record } = voice.leg;
    record.heard.eraseFrom(positionOf(record, this.#clock.now()));
    record.note({ type: 'company', with: [] });
    this.#tellCompany();
    if (this.#voices.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #tellCompany(): void {
    for (const { leg } of this.#voices) {
      const others = [...this.#voices].filter((voice) => voice.leg !== leg).map((voice) => voice.leg.identity.sid);
      leg.record.note({ type: 'company', with: others });
    }
  }
}
