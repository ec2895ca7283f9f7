import { ms } from '../../../infra/brand.ts';
import type { CallRecord } from './call-record.ts';
import type { Leg } from './leg.ts';
import { samplesPerMs } from './mulaw.ts';
import type { FormValues } from './signature.ts';

/** A telephone with a call on it: what a person has in their hand. */
export interface Phone {
  readonly leg: Leg;
  readonly record: CallRecord;
  readonly over: boolean;
  readonly ended: Promise<void>;
  speak(mulaw: Uint8Array): number;
  press(key: string): void;
  hangUp(): void;
}

/** What a call looks like to the person whose phone rings. */
export interface Ringing {
  readonly from: string;
  /** Headers that came along to a SIP address. */
  readonly sipHeaders: FormValues;
  /** 1 for the first call to this address, and so on. */
  readonly count: number;
}

/** What somebody does whose phone rings. It rings for `ringMs` first; until the caller's patience is over, if nobody answers. */
export type Person =
  | { readonly kind: 'human'; readonly ringMs: number; readonly does: (leg: PersonLeg) => Promise<void> }
  /** Voicemail: says its greeting, beeps, and records until the other side hangs up. It presses no key. */
  | { readonly kind: 'machine'; readonly ringMs: number; readonly greeting: Uint8Array }
  | { readonly kind: 'busy' | 'never' }
  | { readonly kind: 'failed'; readonly sipResponseCode: number };

/** A person, or how the one who is called decides. */
export type PersonScript = Person | ((ringing: Ringing) => Person);

/** Answers after `ringMs` and does what a script says; then stays on the line until the other side hangs up. */
export const human = (does: (leg: PersonLeg) => Promise<void> = async () => {}, ringMs = 2_000): Person => ({
  kind: 'human',
  ringMs,
  does,
});

/** The leg ended while a script waited for something on it. */
class LegOver extends Error {
  constructor() {
    super('the leg is over');
    this.name = 'LegOver';
  }
}

/** What a person on the phone can do. Whatever waits ends with the leg, and the script with it. */
export class PersonLeg {
  readonly call: Phone;

  constructor(call: Phone) {
    this.call = call;
  }

  get sipHeaders(): FormValues {
    return this.call.leg.identity.sipHeaders ?? {};
  }

  /** Texts of `<Say>` that were heard so far, to their end. */
  get said(): readonly string[] {
    return this.call.record.said;
  }

  /** Until such a text was heard to its end; at once when it was. */
  async heard(text: string | RegExp): Promise<void> {
    const fits = (said: string) => (typeof text === 'string' ? said.includes(text) : text.test(said));
    await this.until(() => this.said.some(fits));
  }

  /** Until somebody is there to talk to: in a room that has started, or bridged. */
  async together(): Promise<void> {
    await this.until(() => this.call.record.company.length > 0);
  }

  /** Until nobody is there any more. */
  async alone(): Promise<void> {
    await this.until(() => this.call.record.company.length === 0);
  }

  /** For so many milliseconds. */
  async after(span: number): Promise<void> {
    const end = this.call.record.now + span;
    await this.until(() => this.call.record.now >= end);
  }

  /** Until something holds; looked at every 20 ms. */
  async until(holds: () => boolean): Promise<void> {
    const { record } = this.call;
    while (!holds() && !this.call.over)
      await Promise.race([new Promise<void>((resolve) => record.clock.after(ms(20), resolve)), this.call.ended]);
    if (this.call.over) throw new LegOver();
  }

  press(key: string): void {
    this.call.press(key);
  }

  /** Says mu-law speech, until it is said. */
  async speak(mulaw: Uint8Array): Promise<void> {
    this.call.speak(mulaw);
    await this.after(mulaw.length / samplesPerMs);
  }

  hangUp(): void {
    this.call.hangUp();
  }
}

/** Does what a script says, until it or the leg is over. Any other failure of a script fails the test. */
export const follow = async (does: (leg: PersonLeg) => Promise<void>, call: Phone): Promise<void> => {
  try {
    await does(new PersonLeg(call));
  } catch (thrown) {
    if (!(thrown instanceof LegOver)) throw thrown;
  }
};
