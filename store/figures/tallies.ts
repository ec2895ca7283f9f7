/** What sums are kept of. `all`: a whole line. `pair`: `from>to`. */
export const tallyKinds = ['all', 'agent', 'pair', 'category', 'tool', 'person'] as const;
export type TallyKind = (typeof tallyKinds)[number];

/** A field of this and a spelling counts how often a name was spelt so. */
export const spelt = 'spelt.';

/** One number of one source, in whole units. `name` is empty for `all`. The field `ms~105` is bucket 105 of the histogram `ms`. */
export interface TallyRow {
  readonly kind: TallyKind;
  readonly name: string;
  readonly field: string;
  readonly n: number;
}

/** What one record adds to the sums. Day and line of a source never change. */
export interface Contribution {
  /** UTC, like `2026-11-28`. */
  readonly day: string;
  readonly line: string;
  readonly rows: readonly TallyRow[];
}

/** Sums by field. A number, or of a histogram its buckets and their counts in turn, in any order: `{ calls: 3, ms: [105, 2, 106, 1] }`. */
export type Counts = Readonly<Record<string, number | readonly number[]>>;

export interface Tally {
  readonly day: string;
  readonly line: string;
  readonly name: string;
  readonly counts: Counts;
}

export interface TallyQuery {
  /** Days, both included. */
  readonly from: string;
  readonly to: string;
  readonly kind: TallyKind;
  /** Undefined: of all lines. */
  readonly line?: string | undefined;
  readonly name?: string | undefined;
}

/** Sums by day, line, kind and name. Rejects with `store-unavailable`. */
export interface Tallies {
  /** In one step: what `source` gave before is taken back, and this put in its place. The same again changes nothing. */
  put(source: string, contribution: Contribution): Promise<void>;
  /** In no order. Sums that are zero are left out. */
  read(query: TallyQuery): Promise<readonly Tally[]>;
  /** The lines there are sums of, sorted. */
  lines(): Promise<readonly string[]>;
}
