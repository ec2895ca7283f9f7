import { splitField } from './histogram.ts';
import type { Counts, TallyKind, TallyRow } from './tallies.ts';

/** What a source gives to one sum, as it is stored: rows of one kind and name in one. */
export type GivenSlice = readonly [kind: TallyKind, name: string, counts: Counts];

/** A source's rows, by the sum that they go to. A row's field is in them once. */
export const slicesOf = (rows: readonly TallyRow[]): readonly GivenSlice[] =>
  [...Map.groupBy(rows, ({ kind, name }) => `${kind} ${name}`).values()].flatMap((ofSum) => {
    const [first] = ofSum;
    return first === undefined ? [] : [[first.kind, first.name, countsOf(ofSum)] as const];
  });

const countsOf = (rows: readonly TallyRow[]): Counts => {
  const numbers: Record<string, number> = {};
  const buckets: Record<string, number[]> = {};
  for (const { field, n } of rows) {
    const { name, bucket } = splitField(field);
    if (bucket === undefined) numbers[name] = n;
    else buckets[name] = [...(buckets[name] ?? []), bucket, n];
  }
  return { ...numbers, ...buckets };
};

const isNumber = (value: unknown): value is number => typeof value === 'number';

/** By hand: a month has some hundred thousand numbers. */
const isCounts = (value: unknown): value is Counts => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((n) => (Array.isArray(n) ? n.every(isNumber) : isNumber(n)));
};

/** So many are read in one go, which takes well under a millisecond. */
export const sumsAtATime = 100;

/** Sums as a database has them; nothing when they can't be read. */
export const countsIn = (stored: string): Counts => {
  try {
    const counts: unknown = JSON.parse(stored);
    return isCounts(counts) ? counts : {};
  } catch {
    return {};
  }
};
