import type { Random } from './random.ts';

/** One parser of what comes from outside, with what makes its input and what must hold of its answer. */
export interface Parser {
  /** As section C of the bad-input table names it. */
  readonly name: string;
  /** Cases in CI. */
  readonly cases: number;
  /**
   * Makes one input, gives it to the parser, and throws unless what came of it is right. Of what it knows of the cases before it, nothing
   * may change what it does: any case can be played alone.
   */
  readonly play: (random: Random) => void;
  /** Gives the parser the worst input of about so many characters, for who measures how its time grows. */
  readonly large: (size: number) => void;
}

export const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`does not hold: ${what}`);
};

/** Text of `size` characters in which `piece` comes again and again. */
export const filled = (piece: string, size: number): string => piece.repeat(Math.ceil(size / piece.length));
