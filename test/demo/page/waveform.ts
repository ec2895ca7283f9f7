import { decodeMulaw } from '../../world/carrier/mulaw.ts';

/** The loudest sample of each stretch of `bucketMs`, 0 to 1. */
export const peaksOf = (mulaw: Uint8Array, bucketMs: number): number[] => {
  const size = bucketMs * 8;
  const pcm = decodeMulaw(mulaw);
  return Array.from({ length: Math.ceil(pcm.length / size) }, (_, at) =>
    pcm.subarray(at * size, (at + 1) * size).reduce((peak, sample) => Math.max(peak, Math.abs(sample) / 32_768), 0),
  );
};

/** An SVG path of peaks `from` to `to`, mirrored at y = 0, x in buckets and y from -100 to 100; `loudest` reaches 96. */
export const waveformPath = (
  peaks: readonly number[],
  { from, to, loudest }: { readonly from: number; readonly to: number; readonly loudest: number },
): string => {
  const heights = peaks.slice(from, to).map((peak) => Math.max(1.2, (96 * peak) / Math.max(loudest, 0.01)).toFixed(1));
  if (heights.length === 0) return '';
  const upper = heights.map((height, at) => `L${from + at + 0.5} -${height}`);
  const lower = heights.map((height, at) => `L${from + at + 0.5} ${height}`).reverse();
  return `M${from} 0${upper.join('')}L${from + heights.length} 0${lower.join('')}Z`;
};
