import { type Milliseconds, ms } from '../../infra/brand.ts';

/** How much of one item of speech there is, and how much of it the caller has heard. Milliseconds of audio. */
export interface Heard {
  readonly item: string;
  readonly saidMs: number;
  readonly heardMs: number;
}

/** Audio of one item that was sent and plays without a gap. */
interface Piece {
  readonly item: string;
  /** When its first sample is played, as far as is known. */
  startsAt: number;
  length: number;
  /** The mark behind it; undefined: the mark of a later piece proves this one too. */
  mark: string | undefined;
}

/** What an item consists of. */
interface Said {
  readonly item: string;
  length: number;
}

/** A mark that is this much late shows that playout was held up, not just the mark. */
const heldUpMs = 60;
/** After this much the clock is trusted instead: marks do not come any more. */
const markPatienceMs = 1_500;
/** So many marks in a row must be late before the line counts as later than was thought. */
const lateMarks = 3;

/**
 * What the caller has heard of what was sent, from marks and, between them, from the monotonic clock. The carrier plays pieces in
 * order and without gaps while it has any, so one mark tells where all of them are. Marks can only be late, never early: the
 * earliest is the best. Until the first mark of a stream came back, and when no more come, the clock alone counts.
 */
export class Playback {
  #pieces: Piece[] = [];
  readonly #said = new Map<string, Said>();
  /** The item that was said last. */
  #saying: Said = { item: '', length: 0 };
  readonly #heard = new Map<string, number>();
  /** When all that was sent so far is over. */
  #end = 0;
  /** Between sending to a line that is still and its first sample: network and the carrier's own buffer. Learned from marks. */
  #lag = 0;
  /** How late the last marks were, while none was early. */
  #late: number[] = [];
  #marksComeBack = false;
  #marks = 0;

  /** Counts what an item consists of, sent or not yet. */
  say(item: string, length: number): void {
    if (this.#saying.item !== item) {
      this.#saying = this.#said.get(item) ?? { item, length: 0 };
      this.#said.set(item, this.#saying);
    }
    this.#saying.length += length;
  }

  /** Audio of an item goes to the carrier now. The answer: when its first sample is played, as far as is known. */
  send(item: string, length: number, now: Milliseconds): number {
    const startsAt = Math.max(this.#pieces.length === 0 ? 0 : this.#end, now + this.#lag);
    const last = this.#pieces.at(-1);
    if (last?.item === item && last.mark === undefined && startsAt === this.#end) last.length += length;
    else this.#pieces.push({ item, startsAt, length, mark: undefined });
    this.#end = startsAt + length;
    return startsAt;
  }

  /** When all that was sent so far is over. Moves when marks say more of where playout is. */
  get end(): number {
    return this.#end;
  }

  /** Audio behind the last mark. */
  get unmarkedMs(): number {
    let sum = 0;
    for (let at = this.#pieces.length - 1; at >= 0; at--) {
      const piece = this.#pieces[at];
      if (piece === undefined || piece.mark !== undefined) break;
      sum += piece.length;
    }
    return sum;
  }

  /** The name of a mark to send behind all that was sent; undefined when there is one already. */
  mark(): string | undefined {
    const last = this.#pieces.at(-1);
    if (last === undefined || last.mark !== undefined) return undefined;
    this.#marks += 1;
    last.mark = `m${this.#marks}`;
    return last.mark;
  }

  /** A mark came back: all before it was played. Returns the items that are now heard to the end of what was sent of them. */
  markReturned(mark: string, now: Milliseconds): readonly Heard[] {
    const index = this.#pieces.findIndex((piece) => piece.mark === mark);
    if (index < 0) return []; // cleared, or not ours: proves nothing
    const played = this.#pieces.splice(0, index + 1);
    const last = played[played.length - 1];
    if (last !== undefined) this.#learn(now - (last.startsAt + last.length));
    return this.#playedOut(played);
  }

  #learn(late: number): void {
    if (!this.#marksComeBack || late < 0) this.#shift(late);
    else {
      this.#late.push(late);
      if (this.#late.length === lateMarks) this.#shift(Math.min(...this.#late));
    }
    this.#marksComeBack = true;
  }

  #shift(by: number): void {
    this.#late = [];
    this.#lag = Math.max(0, this.#lag + by);
    this.#end += by;
    for (const piece of this.#pieces) piece.startsAt += by;
  }

  #playedOut(played: readonly Piece[]): readonly Heard[] {
    for (const piece of played) this.#heard.set(piece.item, (this.#heard.get(piece.item) ?? 0) + piece.length);
    const waiting = new Set(this.#pieces.map((piece) => piece.item));
    const ended = new Set(played.map((piece) => piece.item).filter((item) => !waiting.has(item)));
    return [...ended].map((item) => this.#of(item, 0));
  }

  /** Marks are so late that they will not come: what the clock says was played counts as heard. */
  settle(now: Milliseconds): readonly Heard[] {
    if (this.#pieces.length === 0 || now < this.#end + markPatienceMs) return [];
    this.#marksComeBack = false;
    return this.#playedOut(this.#pieces.splice(0));
  }

  /** When `settle` has to be asked. */
  get settlesAt(): Milliseconds {
    return ms(this.#end + markPatienceMs);
  }

  /** Everything not heard yet is thrown away, what was not even sent too. Returns the items that were cut off, with what was heard of each. */
  clear(now: Milliseconds, unsent: Iterable<string> = []): readonly Heard[] {
    const cut = new Map<string, number>();
    for (const [piece, played] of this.#progress(now)) cut.set(piece.item, (cut.get(piece.item) ?? 0) + played);
    for (const item of unsent) cut.set(item, cut.get(item) ?? 0);
    this.#pieces = [];
    this.#end = now;
    const result: Heard[] = [];
    for (const [item, extra] of cut) {
      result.push(this.#of(item, extra));
      this.#heard.set(item, (this.#heard.get(item) ?? 0) + extra);
    }
    return result;
  }

  /** What is known of one item now. */
  heard(item: string, now: Milliseconds): Heard {
    let extra = 0;
    for (const [piece, played] of this.#progress(now)) if (piece.item === item) extra += played;
    return this.#of(item, extra);
  }

  /** Milliseconds of what was sent that the caller has still to hear. */
  remaining(now: Milliseconds): number {
    return this.#pieces.length === 0 ? 0 : Math.max(0, this.#end - now);
  }

  /** Whether every mark came back: the caller has heard everything that was sent. */
  get quiet(): boolean {
    return this.#pieces.length === 0;
  }

  /** Whether nothing but this item plays. */
  isOnly(item: string): boolean {
    return this.#pieces.length > 0 && this.#pieces.every((piece) => piece.item === item);
  }

  #of(item: string, extra: number): Heard {
    const saidMs = this.#said.get(item)?.length ?? 0;
    return { item, saidMs, heardMs: Math.min(saidMs, (this.#heard.get(item) ?? 0) + extra) };
  }

  /** How much of each piece was played. Nothing behind a mark that is overdue, for then playout is held up. */
  *#progress(now: Milliseconds): Generator<readonly [Piece, number]> {
    const first = this.#pieces.findIndex((piece) => piece.mark !== undefined);
    const marked = this.#pieces[first];
    const overdue = marked === undefined ? 0 : now - (marked.startsAt + marked.length);
    const heldUp = this.#marksComeBack && overdue > heldUpMs && overdue <= markPatienceMs;
    for (const [index, piece] of this.#pieces.entries()) {
      const reached = heldUp && index > first ? 0 : now - piece.startsAt;
      yield [piece, Math.min(Math.max(0, reached), piece.length)];
    }
  }
}
