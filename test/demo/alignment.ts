/** Finds where pieces of one recording are in another, to the sample, by correlation. Both at 8 kHz. */

/** Pearson's correlation of two stretches of `length` samples; 0 where one has no sound at all. */
export const likeness = (
  one: { readonly samples: Float64Array; readonly at: number },
  other: { readonly samples: Float64Array; readonly at: number },
  length: number,
): number => {
  let [sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0];
  for (let index = 0; index < length; index += 1) {
    const x = one.samples[one.at + index] ?? 0;
    const y = other.samples[other.at + index] ?? 0;
    sx += x;
    sy += y;
    sxx += x * x;
    syy += y * y;
    sxy += x * y;
  }
  const spread = Math.sqrt((length * sxx - sx * sx) * (length * syy - sy * sy));
  return spread > 0 ? (length * sxy - sx * sy) / spread : 0;
};

/** Where in `whole` a piece may be, by a quarter of its `length` samples: that rules out nearly every place. */
export const candidates = (
  piece: { readonly samples: Float64Array; readonly at: number },
  whole: Float64Array,
  length: number,
): number[] => {
  const found: number[] = [];
  for (let at = 0; at + length <= whole.length; at += 1) {
    if (likeness(piece, { samples: whole, at }, length >> 2) >= 0.4) found.push(at);
  }
  return found;
};
