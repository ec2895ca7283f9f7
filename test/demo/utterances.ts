import type { SpokenLine } from './caller-lines.ts';

/** Words of one speaker. `at` is when they began in the caller's ear (or mouth), `ms` how long they last. */
export interface Speech {
  readonly kind: 'speech';
  readonly who: string;
  readonly at: number;
  /** Undefined: a recording that nobody has understood yet. */
  text: string | undefined;
  ms: number;
  /** What the caller heard of it, once that is known to be less than all. */
  heard: string | undefined;
}

/** The known lines of one speaker, as the carrier notices that they are spoken. */
export class Utterances {
  readonly begun: Speech[] = [];
  readonly #who: string;
  readonly #lines: readonly SpokenLine[];
  #until = 0;

  constructor(who: string, lines: readonly SpokenLine[]) {
    this.#who = who;
    this.#lines = lines;
  }

  /** There is sound from call time `at` on. One utterance can fall silent and start again; its length tells them apart. */
  started(at: number): Speech | undefined {
    const line = this.#lines[this.begun.length];
    if (line === undefined || at < this.#until) return undefined;
    const ms = line.mulaw.length / 8;
    const speech: Speech = { kind: 'speech', who: this.#who, at, text: line.text, ms, heard: undefined };
    this.#until = at + ms;
    this.begun.push(speech);
    return speech;
  }
}
