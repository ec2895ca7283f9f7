import type { ContextBundle } from './bundle.ts';

/** A call that was served so long after a loss has shown that it does not kill its nodes: the loss counts no more. */
const forgivenAfterMs = 600_000;

type Lived = Pick<ContextBundle, 'losses' | 'lastAt'>;

/** Losses that count, without the one that may have happened just now. Served means: something was written down. */
const standing = ({ losses, lastAt }: Lived): number =>
  losses === undefined || (lastAt ?? losses.takenUpAt) - losses.takenUpAt >= forgivenAfterMs ? 0 : losses.count;

/** How many losses count against a call whose stream is over: an owner that did not leave in order is one. */
export const lossesSoFar = (bundle: Lived & Pick<ContextBundle, 'leftInOrder'>): number =>
  standing(bundle) + (bundle.leftInOrder ? 0 : 1);
