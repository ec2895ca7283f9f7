import type { Milliseconds } from './brand.ts';
import type { Clock } from './clock.ts';

/** Writes a line of this kind, or keeps it back. `write` gets how many of its kind were kept back since the last one. */
export type Thinned = (kind: string, write: (keptBack: number) => void) => void;

/** Lets one line of each kind through per `per` milliseconds, so that a flood costs no disk. Kinds are fixed words of ours, and few. */
export const thinned = (clock: Clock, per: Milliseconds): Thinned => {
  const seen = new Map<string, { readonly writtenAt: Milliseconds; keptBack: number }>();
  return (kind, write) => {
    const last = seen.get(kind);
    const now = clock.now();
    if (last !== undefined && now - last.writtenAt < per) {
      last.keptBack += 1;
      return;
    }
    seen.set(kind, { writtenAt: now, keptBack: 0 });
    write(last?.keptBack ?? 0);
  };
};
