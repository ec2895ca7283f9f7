/** At least one of something to choose from. */
export type Some<Item> = readonly [Item, ...Item[]];

/** Chance that comes out the same for the same seed. */
export interface Random {
  /** From 0 up to 1. */
  unit(): number;
  chance(share: number): boolean;
  /** A whole number, both ends included. */
  between(from: number, to: number): number;
  /** By the normal distribution: middle 0, spread 1. */
  normal(): number;
  pick<Item>(items: Some<Item>): Item;
  /** By the weight of each. */
  weighted<Item extends { readonly weight: number }>(items: Some<Item>): Item;
}

/** Mulberry32: 32 bits of state, good enough for scenery. */
const unitsOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const seeded = (seed: number): Random => {
  const unit = unitsOf(seed);
  return {
    unit,
    chance: (share) => unit() < share,
    between: (from, to) => from + Math.floor(unit() * (to - from + 1)),
    normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    pick: (items) => items[Math.floor(unit() * items.length)] ?? items[0],
    weighted: (items) => {
      let left = unit() * items.reduce((sum, { weight }) => sum + weight, 0);
      for (const item of items) {
        left -= item.weight;
        if (left < 0) return item;
      }
      return items[0];
    },
  };
};
