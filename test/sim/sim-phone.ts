import type { CallId } from '../../infra/brand.ts';
import { ScriptedPhone } from '../world/scripted-phone.ts';
import type { ProcessClock } from './process-clock.ts';

/** One stream of a call: who spoke on it, in order, by the marks that sessions put into their speech. What the carrier's side does reaches the process when it can. */
export class SimPhone extends ScriptedPhone {
  /** Session numbers as they were queued, each run once. */
  readonly speakers: number[] = [];
  readonly #process: ProcessClock;
  #soundUntil: number;
  /** As the carrier sees it. */
  isOver = false;

  constructor(callId: CallId, ticket: string, process: ProcessClock) {
    super(callId, ticket);
    this.#process = process;
    this.#soundUntil = process.now();
  }

  /** How long the caller has heard nothing. */
  get silentMs(): number {
    return Math.max(0, this.#process.now() - this.#soundUntil);
  }

  override brings(mulaw: Uint8Array): void {
    if (!this.isOver) this.#process.arrives(() => super.brings(mulaw));
  }

  override returnsMarks(): void {
    if (!this.isOver) this.#process.arrives(() => super.returnsMarks());
  }

  presses(digit: string): void {
    if (!this.isOver) this.#process.arrives(() => this.events.emit({ type: 'digit-pressed', digit }));
  }

  /** `stop`, and then the stream is over. */
  override hangsUp(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#process.arrives(() => super.hangsUp());
  }

  /** The carrier takes the call out of the stream. */
  leaves(): void {
    this.drops(1000);
  }

  /** By either side. */
  override drops(code = 1006): void {
    this.isOver = true;
    this.#process.arrives(() => super.drops(code));
  }

  override clear(): void {
    super.clear();
    this.#soundUntil = Math.min(this.#soundUntil, this.#process.now());
  }

  override play(mulaw: Uint8Array): void {
    if (this.isOver || this.#process.isDead) return;
    this.told.push(`play ${mulaw.length}`);
    this.#soundUntil = Math.max(this.#soundUntil, this.#process.now()) + mulaw.length / 8;
    const speaker = (mulaw[0] ?? 0) - 1;
    // Other codes are tones of ours.
    if (speaker >= 0 && speaker < 120 && mulaw.every((code) => code === speaker + 1) && this.speakers.at(-1) !== speaker)
      this.speakers.push(speaker);
  }
}
