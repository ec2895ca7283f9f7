import type { Counts } from './tallies.ts';

/**
 * Times as counts in buckets that grow by a twentieth each: sums of them can be added and taken back, and a percentile is at most 2.5 %
 * off. Bucket n is up to 1.05^n ms; 0 ms has bucket 0.
 */
const growth = Math.log(1.05);

const bucketOf = (ms: number): number => (ms <= 1 ? 0 : Math.ceil(Math.log(ms) / growth));

/** The middle of a bucket, in ms. */
const middleOf = (bucket: number): number =>
  bucket === 0 ? 0 : (Math.exp(growth * bucket) + Math.exp(growth * (bucket - 1))) / 2;

/** The field that counts a time, in ms. */
export const histogramField = (name: string, ms: number): string => `${name}~${bucketOf(ms)}`;

/** Percentiles in ms, and of how many; null where there is none. */
export interface Percentiles {
  readonly n: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** The percentiles of one histogram in sums. */
export const percentilesOf = (counts: Counts, name: string): Percentiles => {
  const start = `${name}~`;
  const buckets = Object.entries(counts)
    .flatMap(([field, n]) => (field.startsWith(start) && n > 0 ? [{ bucket: Number(field.slice(start.length)), n }] : []))
    .sort((one, other) => one.bucket - other.bucket);
  const n = buckets.reduce((sum, bucket) => sum + bucket.n, 0);
  const at = (share: number): number | null => {
    let below = 0;
    for (const { bucket, n: here } of buckets) {
      below += here;
      if (below >= share * n) return Math.round(middleOf(bucket));
    }
    return null;
  };
  return { n, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
};
