import { type Milliseconds, ms } from '../../infra/brand.ts';

/** How much of one item of speech there is, and how much of it the caller has heard. Milliseconds of audio. */
export interface Heard {
  readonly item: string;
  readonly saidMs: number;
  readonly heardMs: number;
}

interface Piece {
  readonly item: string;
  /** Where it begins on the playout line: milliseconds of audio since the stream began or was last cleared. */
  readonly start: number;
  readonly length: number;
  readonly mark: string;
}

/** How long after its time a mark may be late before the clock is trusted instead: playout was delayed, or marks do not come. */
const markPatienceMs = 1_500;

/**
 * What the caller has heard of what was sent, from marks and, between them, from the monotonic clock. The carrier plays pieces in
 * order without gaps while it has any. Between two marks the truth lies between their pieces, so the clock's estimate is held there.
 */
export class Playback {
  #pieces: Piece[] = [];
  readonly #said = new Map<string, number>();
  readonly #heard = new Map<string, number>();
  /** The playout line: all that was sent, and a point at which the position was known. */
  #sent = 0;
  #anchor = { position: 0, at: ms(0) };
  #marks = 0;

  /** Counts a piece of an item that goes to the carrier now; returns the name of the mark to send behind it. */
  send(item: string, length: number, now: Milliseconds): string {
    if (this.#position(now) >= this.#sent) this.#anchor = { position: this.#sent, at: now };
    this.#marks += 1;
    const mark = `m${this.#marks}`;
    this.#pieces.push({ item, start: this.#sent, length, mark });
    this.#sent += length;
    this.#said.set(item, (this.#said.get(item) ?? 0) + length);
    return mark;
  }

  /** A mark came back: all before it was played. Returns the items that are now heard to the end of what was sent of them. */
  markReturned(mark: string, now: Milliseconds): readonly Heard[] {
    const index = this.#pieces.findIndex((piece) => piece.mark === mark);
    if (index < 0) return []; // cleared, or not ours: proves nothing
    const played = this.#pieces.splice(0, index + 1);
    for (const piece of played) this.#heard.set(piece.item, (this.#heard.get(piece.item) ?? 0) + piece.length);
    const last = played[played.length - 1];
    if (last !== undefined) this.#anchor = { position: last.start + last.length, at: now };
    const waiting = new Set(this.#pieces.map((piece) => piece.item));
    const ended = new Set(played.map((piece) => piece.item).filter((item) => !waiting.has(item)));
    return [...ended].map((item) => this.#of(item, 0));
  }

  /** Everything not heard yet is thrown away. Returns the items that were cut off, with what was heard of each. */
  clear(now: Milliseconds): readonly Heard[] {
    const position = this.#position(now);
    const cut = new Map<string, number>();
    for (const piece of this.#pieces) {
      const played = Math.min(Math.max(0, position - piece.start), piece.length);
      cut.set(piece.item, (cut.get(piece.item) ?? 0) + played);
    }
    this.#pieces = [];
    this.#anchor = { position: this.#sent, at: now };
    const result: Heard[] = [];
    for (const [item, extra] of cut) {
      result.push(this.#of(item, extra));
      this.#heard.set(item, (this.#heard.get(item) ?? 0) + extra);
    }
    return result;
  }

  /** What is known of one item now. */
  heard(item: string, now: Milliseconds): Heard {
    const position = this.#position(now);
    let extra = 0;
    for (const piece of this.#pieces) {
      if (piece.item === item) extra += Math.min(Math.max(0, position - piece.start), piece.length);
    }
    return this.#of(item, extra);
  }

  /** Milliseconds of speech that the caller has still to hear. */
  remaining(now: Milliseconds): number {
    return this.#pieces.length === 0 ? 0 : Math.max(0, this.#sent - this.#position(now));
  }

  /** Whether every mark came back: the caller has heard everything. */
  get quiet(): boolean {
    return this.#pieces.length === 0;
  }

  #of(item: string, extra: number): Heard {
    const saidMs = this.#said.get(item) ?? 0;
    return { item, saidMs, heardMs: Math.min(saidMs, (this.#heard.get(item) ?? 0) + extra) };
  }

  /** Where playout is, on the playout line. */
  #position(now: Milliseconds): number {
    const byClock = Math.min(this.#sent, this.#anchor.position + Math.max(0, now - this.#anchor.at));
    const next = this.#pieces[0];
    if (next === undefined) return this.#sent;
    const due = next.start + next.length;
    const late = this.#anchor.position + (now - this.#anchor.at) - due;
    return late > markPatienceMs ? byClock : Math.min(byClock, due);
  }
}
