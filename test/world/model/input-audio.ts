import { bytesPerMs, samplesOf, type WireFormat } from './audio.ts';
import { EnergyVad, type VadEvent, type VadSettings } from './vad.ts';

/** The caller's audio as it was appended, and the detector that listens to it. Positions are ms of appended audio. */
export class InputAudio {
  readonly #appended: Buffer[];
  readonly #vad = new EnergyVad({ threshold: 0.5, prefixMs: 300, silenceMs: 500 });
  #format: WireFormat = 'audio/pcm';
  #detecting = true;
  #rest = Buffer.alloc(0);
  #bytes = 0;
  #bufferFromMs = 0;

  /** `appended` collects every piece, in order. */
  constructor(appended: Buffer[]) {
    this.#appended = appended;
  }

  get ms(): number {
    return this.#bytes / bytesPerMs(this.#format);
  }

  /** How much is in the buffer, not committed. */
  get bufferedMs(): number {
    return this.ms - this.#bufferFromMs;
  }

  get speaking(): boolean {
    return this.#vad.speaking;
  }

  configure(format: WireFormat, vad: VadSettings | undefined): void {
    this.#format = format;
    this.#detecting = vad !== undefined;
    if (vad !== undefined) this.#vad.settings = vad;
  }

  append(bytes: Buffer): VadEvent[] {
    this.#appended.push(bytes);
    this.#bytes += bytes.length;
    if (!this.#detecting) return [];
    const size = 20 * bytesPerMs(this.#format);
    const waiting = Buffer.concat([this.#rest, bytes]);
    const whole = waiting.length - (waiting.length % size);
    this.#rest = waiting.subarray(whole);
    const events: VadEvent[] = [];
    for (let at = 0; at < whole; at += size) {
      const event = this.#vad.hear(samplesOf(waiting.subarray(at, at + size), this.#format));
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  /** Empties the buffer after a commit or a clear and gives where it began. */
  take(untilMs = this.ms): number {
    const from = this.#bufferFromMs;
    this.#bufferFromMs = untilMs;
    return from;
  }

  forgetSpeech(): void {
    this.#vad.reset();
  }

  /** What was heard between two positions. */
  between(fromMs: number, toMs: number): { samples: Int16Array; rate: number } {
    const unit = bytesPerMs(this.#format);
    const bytes = Buffer.concat(this.#appended).subarray(Math.floor(fromMs) * unit, Math.ceil(toMs) * unit);
    return { samples: samplesOf(bytes, this.#format), rate: this.#format === 'audio/pcm' ? 24000 : 8000 };
  }
}
