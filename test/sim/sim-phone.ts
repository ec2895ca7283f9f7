import type { CallId } from '../../infra/brand.ts';
import { ScriptedPhone } from '../world/scripted-phone.ts';

/** One stream of a call: who spoke on it, in order, by the marks that sessions put into their speech. */
export class SimPhone extends ScriptedPhone {
  /** Session numbers as they were queued, each run once. */
  readonly speakers: number[] = [];
  /** Whether the carrier still has to ask how the call goes on. */
  isAsked = false;

  constructor(callId: CallId, ticket: string) {
    super(callId, ticket);
  }

  override play(mulaw: Uint8Array): void {
    if (this.closed) return;
    this.told.push(`play ${mulaw.length}`);
    const speaker = (mulaw[0] ?? 0) - 1;
    // Other codes are tones of ours.
    if (speaker >= 0 && speaker < 120 && mulaw.every((code) => code === speaker + 1) && this.speakers.at(-1) !== speaker)
      this.speakers.push(speaker);
  }
}
