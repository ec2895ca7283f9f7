import { levelOf } from './audio.ts';

export interface VadSettings {
  /** 0…1; 0.5 is about -40 dBFS. */
  readonly threshold: number;
  readonly prefixMs: number;
  readonly silenceMs: number;
}

/** Positions are milliseconds of appended audio: this is the server's only clock for speech. */
export type VadEvent =
  | { readonly type: 'started'; readonly startMs: number }
  | { readonly type: 'stopped'; readonly startMs: number; readonly endMs: number };

const windowMs = 20;
/** So much speech in a row is speech; less is a click. */
const onsetWindows = 3;

/** Finds speech by energy in 20 ms windows. */
export class EnergyVad {
  settings: VadSettings;
  #positionMs = 0;
  #loud = 0;
  #quietMs = 0;
  #speechStart: number | undefined;

  constructor(settings: VadSettings) {
    this.settings = settings;
  }

  get speaking(): boolean {
    return this.#speechStart !== undefined;
  }

  /** Takes the next 20 ms and says whether speech began or ended with it. */
  hear(window: Int16Array): VadEvent | undefined {
    this.#positionMs += windowMs;
    const loud = levelOf(window) > -50 + 20 * this.settings.threshold;
    return this.#speechStart === undefined ? this.#waiting(loud) : this.#hearing(loud, this.#speechStart);
  }

  /** Forgets a speech that is under way: its audio was cleared or committed by hand. */
  reset(): void {
    this.#speechStart = undefined;
    this.#loud = 0;
    this.#quietMs = 0;
  }

  #waiting(loud: boolean): VadEvent | undefined {
    this.#loud = loud ? this.#loud + 1 : 0;
    if (this.#loud < onsetWindows) return undefined;
    this.#loud = 0;
    this.#quietMs = 0;
    this.#speechStart = Math.max(0, this.#positionMs - onsetWindows * windowMs - this.settings.prefixMs);
    return { type: 'started', startMs: this.#speechStart };
  }

  #hearing(loud: boolean, startMs: number): VadEvent | undefined {
    this.#quietMs = loud ? 0 : this.#quietMs + windowMs;
    if (this.#quietMs < this.settings.silenceMs) return undefined;
    this.#speechStart = undefined;
    return { type: 'stopped', startMs, endMs: this.#positionMs };
  }
}
