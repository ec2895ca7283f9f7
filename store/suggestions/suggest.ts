import { plainCategory } from '../calls/category.ts';
import type { CallRecord } from '../calls/record.ts';
import { type Interval, wilson } from '../figures/wilson.ts';
import type { HandoffRecord } from '../handoffs/record.ts';
import { endedWith, type Way } from './way.ts';

/** A way that most calls of its kind took in the end: `k` of `n`. */
export interface Finding extends Way {
  readonly n: number;
  readonly k: number;
  /** 95 %, by Wilson. */
  readonly interval: Interval;
  /** The newest of the `k`, at most 100, with when they started (ISO 8601): what the time saved is measured on. */
  readonly newest: readonly Started[];
}

type Started = Pick<CallRecord, 'callId' | 'startedAt'>;

/** Fewer calls say too little, whatever their share is. */
const fewest = 50;
/** What the lower end of the interval must reach. */
const surest = 0.65;
const mostMeasured = 100;

interface Ended {
  k: number;
  readonly newest: Started[];
}

/** Calls of one category that one agent of a line answered. */
interface Kind {
  readonly line: string;
  readonly from: string;
  /** When they started, wall-clock milliseconds. */
  readonly starts: number[];
  /** How often the category is spelt how. */
  readonly spellings: Map<string, number>;
  readonly ended: Map<string, Ended>;
}

/** What calls say about where calls of their kind belong. Takes them one by one, the newest first, so that no process stops for all of them. */
export class Evidence {
  readonly #kinds = new Map<string, Kind>();

  add(record: CallRecord): void {
    const { turnedAway, category, callId, startedAt } = record;
    const from = record.agents[0];
    if (turnedAway !== null || category === null || from === undefined) return;
    const kind = this.#kindOf(record.line, category, from);
    kind.starts.push(Date.parse(startedAt));
    kind.spellings.set(category, (kind.spellings.get(category) ?? 0) + 1);
    const to = record.handoffs.at(-1)?.to;
    if (to === undefined || to === from || !endedWith(record, to)) return;
    const ended = kind.ended.get(to) ?? { k: 0, newest: [] };
    kind.ended.set(to, ended);
    ended.k += 1;
    if (ended.newest.length < mostMeasured) ended.newest.push({ callId, startedAt });
  }

  /** The lines that calls were about. */
  get lines(): readonly string[] {
    return [...new Set([...this.#kinds.values()].map(({ line }) => line))];
  }

  /** Calls of a kind that started after a time. */
  since({ line, category, from }: Way, at: number): number {
    const starts = this.#kinds.get(keyOf(line, category, from))?.starts ?? [];
    return starts.filter((start) => start > at).length;
  }

  /** The ways that are sure enough, those with most calls first. */
  findings(): readonly Finding[] {
    return [...this.#kinds.values()].flatMap(findingsOf).sort((one, other) => other.k - one.k);
  }

  #kindOf(line: string, category: string, from: string): Kind {
    const key = keyOf(line, category, from);
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const kind: Kind = { line, from, starts: [], spellings: new Map(), ended: new Map() };
    this.#kinds.set(key, kind);
    return kind;
  }
}

const keyOf = (line: string, category: string, from: string): string =>
  JSON.stringify([line, plainCategory(category), from]);

/** One at most: more than half of them end there. */
const findingsOf = ({ line, from, starts, spellings, ended }: Kind): readonly Finding[] => {
  const n = starts.length;
  if (n < fewest) return [];
  return [...ended].flatMap(([to, { k, newest }]) => {
    const interval = wilson(k, n);
    return interval.low < surest ? [] : [{ line, category: mostOf(spellings), from, to, n, k, interval, newest }];
  });
};

const mostOf = (counts: ReadonlyMap<string, number>): string => {
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  return most?.[0] ?? '';
};

/** How long after its start a call reached an agent by a handoff; undefined: it never did. `handoffs`: of the call. */
export const reachedAfter = ({ startedAt }: Started, handoffs: readonly HandoffRecord[], to: string): number | undefined => {
  const reached = handoffs
    .filter((handoff) => handoff.to === to && handoff.outcome === 'committed')
    .map(({ decidedAt }) => Date.parse(decidedAt) - Date.parse(startedAt))
    .filter((after) => after >= 0);
  return reached.length === 0 ? undefined : Math.min(...reached);
};

/** The middle one, or between the middle two; null of none. */
export const median = (values: readonly number[]): number | null => {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
};

/** A suggestion as somebody reads it. `savesMs`: null where no handoff tells. */
export const suggestionText = ({
  k,
  n,
  category,
  to,
  interval,
  savesMs,
}: Pick<Finding, 'k' | 'n' | 'category' | 'to' | 'interval'> & { readonly savesMs: number | null }): string => {
  const percent = (share: number) => Math.round(share * 100);
  const sure = `${k} of ${n} ${category} calls ended with ${to} (95 % Wilson interval ${percent(interval.low)}-${percent(interval.high)} %)`;
  const seconds = Math.round((savesMs ?? 0) / 1_000);
  return `${sure}: route them directly${seconds < 1 ? '' : `; saves about ${seconds} s each`}`;
};
