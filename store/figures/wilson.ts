/** Where a share probably is, 0 to 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Of the normal distribution, for 95 % in the middle. */
const z = 1.959963984540054;

/** The 95 % score interval of Wilson (1927) for `k` of `n`: it holds for few calls, too, and never leaves 0 to 1. Of nothing, all is possible. */
export const wilson = (k: number, n: number): Interval => {
  if (n === 0) return { low: 0, high: 1 };
  const share = k / n;
  const weight = z ** 2 / n;
  const middle = share + weight / 2;
  const reach = z * Math.sqrt((share * (1 - share) + weight / 4) / n);
  return {
    low: Math.max(0, (middle - reach) / (1 + weight)),
    high: Math.min(1, (middle + reach) / (1 + weight)),
  };
};
