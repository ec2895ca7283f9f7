import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { ScriptedPhone } from '../world/scripted-phone.ts';

/** One stream of a call: who spoke on it, in order, by the marks that sessions put into their speech. */
export class SimPhone extends ScriptedPhone {
  /** Session numbers as they were queued, each run once. */
  readonly speakers: number[] = [];
  /** Whether the carrier still has to ask how the call goes on. */
  isAsked = false;

  readonly #clock: Clock;
  #soundUntil: number;

  constructor(callId: CallId, ticket: string, clock: Clock) {
    super(callId, ticket);
    this.#clock = clock;
    this.#soundUntil = clock.now();
  }

  /** How long the caller has heard nothing. */
  get silentMs(): number {
    return Math.max(0, this.#clock.now() - this.#soundUntil);
  }

  override clear(): void {
    super.clear();
    this.#soundUntil = Math.min(this.#soundUntil, this.#clock.now());
  }

  override play(mulaw: Uint8Array): void {
    if (this.closed) return;
    this.told.push(`play ${mulaw.length}`);
    this.#soundUntil = Math.max(this.#soundUntil, this.#clock.now()) + mulaw.length / 8;
    const speaker = (mulaw[0] ?? 0) - 1;
    // Other codes are tones of ours.
    if (speaker >= 0 && speaker < 120 && mulaw.every((code) => code === speaker + 1) && this.speakers.at(-1) !== speaker)
      this.speakers.push(speaker);
  }
}
