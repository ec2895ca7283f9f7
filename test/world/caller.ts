import { ms } from '../../infra/brand.ts';
import type { PhoneCall } from './carrier/phone-call.ts';

/** When the caller's next step begins. All in milliseconds. */
export type Cue =
  | 'at-once'
  /** The agent spoke since the caller's last words (`atLeastMs` of audible speech) and has been quiet for `quietMs`. */
  | { readonly after: 'agent-finished'; readonly quietMs: number; readonly atLeastMs?: number }
  /** The agent has been audible for `afterMs` since the caller's last words: the caller talks over it. */
  | { readonly after: 'agent-speaking'; readonly afterMs: number };

type Deed =
  | { readonly kind: 'say'; readonly clip: Uint8Array }
  | { readonly kind: 'wait'; readonly spanMs: number }
  | { readonly kind: 'press'; readonly digits: string }
  | { readonly kind: 'hang-up' };

export interface CallerStep {
  readonly cue: Cue;
  readonly deed: Deed;
}

const politely: Cue = { after: 'agent-finished', quietMs: 900 };

/** Says a clip of mu-law when the agent has finished. */
export const says = (clip: Uint8Array, cue: Cue = politely): CallerStep => ({ cue, deed: { kind: 'say', clip } });

/** Talks over the agent. */
export const interrupts = (clip: Uint8Array, { afterMs }: { readonly afterMs: number }): CallerStep => ({
  cue: { after: 'agent-speaking', afterMs },
  deed: { kind: 'say', clip },
});

export const waits = (spanMs: number): CallerStep => ({ cue: 'at-once', deed: { kind: 'wait', spanMs } });
export const presses = (digits: string, cue: Cue = 'at-once'): CallerStep => ({ cue, deed: { kind: 'press', digits } });
export const hangsUp = (cue: Cue = politely): CallerStep => ({ cue, deed: { kind: 'hang-up' } });

/** How it went: the script was played to its end, the caller lost patience and hung up, or the call ended before. */
export type CallerOutcome = 'finished' | 'gave-up' | 'call-ended';

interface CallerOptions {
  readonly call: PhoneCall;
  readonly script: readonly CallerStep[];
  /** How long the caller waits for a cue before hanging up. Default 30 s. */
  readonly patienceMs?: number;
}

/** How often the caller looks up; finer than a person can tell. */
const attentionMs = 20;

/** A person on the phone, scripted. Knows only what can be heard: decides by the sound of what was played out. */
export class Caller {
  readonly #options: CallerOptions;
  #heardBefore = 0;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /** Goes through the script. */
  async run(): Promise<CallerOutcome> {
    const { call, script, patienceMs = 30_000 } = this.#options;
    for (const step of script) {
      const lostPatienceAt = call.record.now + patienceMs;
      while (!call.over && !this.#cueCame(step.cue)) {
        if (call.record.now >= lostPatienceAt) {
          call.hangUp();
          return 'gave-up';
        }
        await this.#pause(attentionMs);
      }
      if (call.over) return 'call-ended';
      await this.#perform(step.deed);
    }
    return 'finished';
  }

  #cueCame(cue: Cue): boolean {
    if (cue === 'at-once') return true;
    const { agentEar, now } = this.#options.call.record;
    const heardMs = agentEar.audibleMs - this.#heardBefore;
    if (cue.after === 'agent-speaking') return heardMs >= cue.afterMs;
    return heardMs >= (cue.atLeastMs ?? attentionMs) && now - agentEar.lastLoudMs >= cue.quietMs;
  }

  async #perform(deed: Deed): Promise<void> {
    const { call } = this.#options;
    if (deed.kind === 'hang-up') call.hangUp();
    else if (deed.kind === 'wait') await this.#pause(deed.spanMs);
    else if (deed.kind === 'press') {
      for (const digit of deed.digits) {
        call.press(digit);
        await this.#pause(200);
      }
    } else {
      const end = call.speak(deed.clip);
      await this.#pause(end - call.record.now);
      this.#heardBefore = call.record.agentEar.audibleMs;
    }
  }

  /** Ends early when the call does. */
  async #pause(spanMs: number): Promise<void> {
    const { call } = this.#options;
    const endsAt = call.record.now + spanMs;
    for (let left = spanMs; left > 0 && !call.over; left = endsAt - call.record.now) {
      await new Promise<void>((resolve) => call.record.clock.after(ms(Math.min(left, attentionMs)), resolve));
    }
  }
}
