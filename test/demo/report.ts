import type { Performance } from './perform.ts';

/** One figure in large on the page. */
export interface Card {
  readonly value: string;
  readonly name: string;
  readonly note: string;
}

/** What somebody was told, for the page. */
export interface Panel {
  readonly title: string;
  /** Whose colour it has. */
  readonly who: string;
  readonly lead: string | undefined;
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  readonly tried?: readonly { readonly solution: string; readonly outcome: string }[];
  /** How the caller feels. */
  readonly mood?: string;
  /** All of it, as JSON text with line breaks, and what that is called. */
  readonly whole?: { readonly name: string; readonly text: string };
}

/** A block of lines under the summary: a name, a text, and the style of the text if it has one. */
export interface Section {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, text: string, style?: string])[];
}

/** What was measured in one call, and how to show it. */
export interface Report {
  /** The one object of `--json`. */
  readonly figures: object;
  readonly callMs: number;
  /** What should not be, in words; empty when all is well. */
  readonly shortfalls: readonly string[];
  /** How it went, when all is well. Claims no more than was measured. */
  readonly praise: string;
  readonly rows: readonly (readonly [name: string, text: string])[];
  readonly sections: readonly Section[];
  readonly cards: readonly Card[];
  readonly panels: readonly Panel[];
}

export type ReportOf = (performance: Performance) => Report;

/** How it went, in a sentence. */
export const verdictOf = ({
  shortfalls,
  praise,
}: Pick<Report, 'shortfalls' | 'praise'>): { readonly good: boolean; readonly words: string } =>
  shortfalls.length > 0 ? { good: false, words: shortfalls.join(' ') } : { good: true, words: praise };
