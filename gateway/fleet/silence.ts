import type { NodeSign } from '../../store/nodes.ts';

/** A process that stands still for this long, as this one sees it, is silent (design, section 7). */
export const silentMs = 2_000;
/** Two looks that are further apart than this say nothing of the time between: the store was slow, or this process was. */
const longestGapMs = 1_500;

interface Seen {
  readonly beat: number;
  /** When it moved last, or when this process began to watch it. */
  readonly since: number;
}

/**
 * Which processes stand still, by this process's own monotonic clock and over a connection that was well all the time: whoever can't see, or was
 * asleep itself, must not judge others.
 */
export class SilenceWatch {
  readonly #self: string;
  #seen: ReadonlyMap<string, Seen> = new Map();
  #lookedAt: number | undefined;

  constructor(self: string) {
    this.#self = self;
  }

  /** A look at all signs that was asked for at `askedAt` and answered at `now`, in ms: the processes that are silent by now. */
  look(signs: readonly NodeSign[], askedAt: number, now: number): readonly NodeSign[] {
    const isWell = this.#lookedAt !== undefined && now - this.#lookedAt <= longestGapMs;
    this.#lookedAt = now;
    const seen = signs.map(({ node, beat }): [string, Seen] => {
      const before = isWell ? this.#seen.get(node) : undefined;
      return [node, before?.beat === beat ? before : { beat, since: now }];
    });
    this.#seen = new Map(seen);
    // What was read may be as old as the question.
    return signs.filter(({ node }) => node !== this.#self && askedAt - (this.#seen.get(node)?.since ?? now) >= silentMs);
  }

  /** The store did not answer: all that was seen is old. */
  isBlind(): void {
    this.#lookedAt = undefined;
  }
}
