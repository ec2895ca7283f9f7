import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { Clip } from '../../store/clips.ts';
import { waitingTone } from '../audio/waiting-tone.ts';
import type { MediaBridge } from './bridge.ts';

/** How long it may stay open whether the call was lost: the first sound is due 50 ms after the stream's start. */
const unsureMs = 40;

export interface FirstSoundOptions {
  readonly clock: Clock;
  readonly bridge: Pick<MediaBridge, 'playTone'>;
  /** Prepared words that somebody is there, by agent. */
  readonly moments: ReadonlyMap<string, Clip>;
  readonly guard: (act: () => void) => void;
}

/**
 * A caller whose line went dead hears at once that somebody is there: prepared words in their agent's voice, or a soft tone. It is a sound
 * of ours, as the tone of those who wait: it yields to speech, and it is nobody's words, so no log and no model has it.
 */
export class FirstSound {
  readonly #options: FirstSoundOptions;
  #cancel: Cancel = () => {};
  #hasSounded = false;

  constructor(options: FirstSoundOptions) {
    this.#options = options;
  }

  /** A stream came for a call that went on elsewhere. Whether it was lost is known in a moment. */
  expected(): void {
    const { clock, guard } = this.#options;
    this.#cancel = clock.after(ms(unsureMs), () => guard(() => this.#play(waitingTone)));
  }

  /** Nothing was lost, or nobody listens any more. */
  notNeeded(): void {
    this.#cancel();
  }

  /** The call was lost, and this agent goes on with it. */
  lost(agent: string): void {
    this.#cancel();
    const words = this.#options.moments.get(agent)?.mulaw;
    if (words !== undefined) this.#play(words);
    else if (!this.#hasSounded) this.#play(waitingTone);
  }

  #play(mulaw: Uint8Array): void {
    this.#hasSounded = true;
    this.#options.bridge.playTone(mulaw);
  }
}
