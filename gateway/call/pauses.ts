import type { RecordingPause } from '../../store/context/event.ts';

/** So many are told of; the last one is stretched over what follows. */
const mostPauses = 500;

/** When the caller's side of a recording was silent on purpose, in ms of the recording. */
export class Pauses {
  readonly #past: RecordingPause[] = [];
  #open: RecordingPause | undefined;

  /** What was heard from `fromMs` to `toMs` was left out, and why; undefined: nothing was. */
  note(why: RecordingPause['why'] | undefined, fromMs: number, toMs: number): void {
    const open = this.#open;
    if (open !== undefined && (why === undefined || why !== open.why)) this.#close(open);
    if (why === undefined) return;
    this.#open = { why, fromMs: this.#open?.fromMs ?? fromMs, toMs };
  }

  #close(pause: RecordingPause): void {
    this.#open = undefined;
    const last = this.#past.at(-1);
    if (this.#past.length >= mostPauses && last !== undefined) this.#past[mostPauses - 1] = { ...last, toMs: pause.toMs };
    else this.#past.push(pause);
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  get all(): readonly RecordingPause[] {
    return this.#open === undefined ? this.#past : [...this.#past, this.#open];
  }
}
