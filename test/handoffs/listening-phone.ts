import type { CallId } from '../../infra/brand.ts';
import { ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { ScriptedPhone } from '../world/scripted-phone.ts';

/** A sound of a session that the caller hears after one of another. */
export interface Change {
  readonly at: number;
  /** Silence before it, since the last sound of anybody's speech. */
  readonly silenceMs: number;
  readonly to: number;
}

/** A phone that plays what it gets in real time, returns marks when they are due, and notes when another voice begins. */
export class ListeningPhone extends ScriptedPhone {
  readonly changes: Change[] = [];
  readonly #clock: Clock;
  #soundEnd = 0;
  #speaker: number | undefined;

  constructor(callId: CallId, clock: Clock) {
    super(callId);
    this.#clock = clock;
  }

  get isQuiet(): boolean {
    return this.#clock.now() >= this.#soundEnd;
  }

  override play(mulaw: Uint8Array): void {
    if (this.closed) return;
    const speaker = (mulaw[0] ?? 0) - 1;
    const now = this.#clock.now();
    const begins = Math.max(now, this.#soundEnd);
    // The tone that says "wait" is nobody's speech.
    const isSpeech = speaker >= 0 && speaker < 120 && mulaw[1] === mulaw[0];
    if (isSpeech && speaker !== this.#speaker) {
      this.changes.push({ at: begins, silenceMs: Math.max(0, begins - this.#soundEnd), to: speaker });
      this.#speaker = speaker;
    }
    if (isSpeech) this.#soundEnd = begins + mulaw.length / 8;
  }

  override mark(name: string): void {
    if (this.closed) return;
    const wait = ms(Math.max(0, this.#soundEnd - this.#clock.now()));
    this.#clock.after(wait, () => {
      if (!this.closed) this.events.emit({ type: 'mark-returned', name });
    });
  }

  override clear(): void {
    this.#soundEnd = Math.min(this.#soundEnd, this.#clock.now());
  }
}
