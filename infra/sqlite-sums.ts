/** Numbers by field, or a field's numbers by key as keys and numbers in turn: `{ "calls": 3, "ms": [105, 2, 106, 1] }`. */
type Sums = Record<string, number | number[]>;

const sumsIn = (text: unknown): Sums => {
  try {
    const sums: unknown = JSON.parse(String(text));
    return typeof sums === 'object' && sums !== null && !Array.isArray(sums) ? { ...sums } : {};
  } catch {
    return {}; // what nobody can read is nothing, or nothing could ever be added to it
  }
};

const pairsIn = (value: Sums[string] | undefined): readonly number[] => (Array.isArray(value) ? value : []);
const numberIn = (value: Sums[string] | undefined): number => (typeof value === 'number' ? value : 0);
const isNothing = (value: Sums[string]): boolean => value === 0 || (Array.isArray(value) && value.length === 0);

/** What of a list is not zero once that of another is added. */
const addPairs = (pairs: readonly number[], more: readonly number[], sign: number): number[] => {
  const sums = new Map<number, number>();
  for (let at = 0; at + 1 < pairs.length; at += 2) sums.set(pairs[at] ?? 0, pairs[at + 1] ?? 0);
  for (let at = 0; at + 1 < more.length; at += 2) {
    const key = more[at] ?? 0;
    sums.set(key, (sums.get(key) ?? 0) + sign * (more[at + 1] ?? 0));
  }
  return [...sums].flatMap(([key, n]) => (n === 0 ? [] : [key, n]));
};

/**
 * The SQL function `add_sums(sums, more, sign)`: JSON of `sums` with all numbers of `more` added, or with a sign of -1 taken off; zeros are left out. In SQL
 * itself it takes several times as long.
 */
export const addSums = (sums: unknown, more: unknown, sign: unknown): string => {
  const total = sumsIn(sums);
  const times = Number(sign);
  for (const [field, n] of Object.entries(sumsIn(more))) {
    const after = Array.isArray(n) ? addPairs(pairsIn(total[field]), n, times) : numberIn(total[field]) + times * n;
    if (isNothing(after)) delete total[field];
    else total[field] = after;
  }
  return JSON.stringify(total);
};
