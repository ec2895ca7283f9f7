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

/** The histogram of such a field and its bucket; no bucket: the field is a plain number. */
export const splitField = (field: string): { readonly name: string; readonly bucket?: number } => {
  const end = field.indexOf('~');
  return end === -1 ? { name: field } : { name: field.slice(0, end), bucket: Number(field.slice(end + 1)) };
};

/** Counts by bucket; buckets may be missing. */
export type Histogram = readonly (number | undefined)[];

/** Percentiles in ms, and of how many; null where there is none. */
export interface Percentiles {
  readonly n: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export const percentilesOf = (histogram: Histogram): Percentiles => {
  const n = histogram.reduce<number>((sum, here) => sum + (here ?? 0), 0);
  const at = (share: number): number | null => {
    let below = 0;
    for (const [bucket, here = 0] of histogram.entries()) {
      below += here;
      if (here > 0 && below >= share * n) return Math.round(middleOf(bucket));
    }
    return null;
  };
  return { n, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
};
