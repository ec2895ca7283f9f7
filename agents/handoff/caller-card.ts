import { isOneCaller } from '../../store/caller-memory.ts';
import type { BundleFact, ContextBundle } from '../../store/context/bundle.ts';

/** Something known of the caller, and whether it was looked up or only said. */
export interface Known {
  readonly text: string;
  readonly verified: boolean;
}

/** Who is calling, in the few words that one person tells another. What is not known is undefined. */
export interface CallerCard {
  readonly name: Known | undefined;
  readonly company: Known | undefined;
  /** The plan or level of the account, as the line calls it. */
  readonly tier: Known | undefined;
  /** E.164; undefined also for numbers that stand for nobody. */
  readonly number: string | undefined;
}

/** Keys that lines use for the same thing; the first that is known counts, verified ones before others. */
const keys = {
  name: ['callerName', 'customerName', 'contactName', 'fullName', 'name', 'accountHolder', 'accountName'],
  company: ['company', 'companyName', 'organisation', 'organization', 'organisationName', 'organizationName'],
  tier: ['accountTier', 'tier', 'plan', 'customerTier', 'membership', 'subscription'],
} as const;

const knownOf = (facts: readonly BundleFact[], wanted: readonly string[]): Known | undefined => {
  const found = wanted.flatMap((key) => {
    const fact = facts.find((each) => each.key === key);
    return fact !== undefined && typeof fact.value === 'string' && fact.value.trim() !== ''
      ? [{ text: fact.value.trim(), verified: fact.verified }]
      : [];
  });
  return found.find(({ verified }) => verified) ?? found[0];
};

/** `firstName` and `lastName`, where a line keeps them apart. */
const joinedName = (facts: readonly BundleFact[]): Known | undefined => {
  const parts = ['firstName', 'lastName'].flatMap((key) => knownOf(facts, [key]) ?? []);
  if (parts.length === 0) return undefined;
  return { text: parts.map(({ text }) => text).join(' '), verified: parts.every(({ verified }) => verified) };
};

const anybody = /^\s*(?:an?\s+)?(?:human|person|people|agent|operator|representative)?\s*$/i;

/** Whether a line calls the person by no name of theirs. */
export const isAnybody = (to: string): boolean => anybody.test(to);

/** Who is calling, from the facts of a call. Pure. */
export const callerCard = ({ facts, from }: ContextBundle): CallerCard => ({
  name: knownOf(facts, keys.name) ?? joinedName(facts),
  company: knownOf(facts, keys.company),
  tier: knownOf(facts, keys.tier),
  number: isOneCaller(from) ? from : undefined,
});
