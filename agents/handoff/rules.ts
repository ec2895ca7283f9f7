import { plainCategory } from '../../store/calls/category.ts';
import type { Json } from '../../store/context/event.ts';
import type { Way } from '../../store/suggestions/way.ts';
import type { LineDefinition } from '../definition.ts';

/** A suggestion that was accepted: calls about this belong with that specialist. */
export interface RouteRule extends Way {
  readonly id: string;
}

/** The rules there are, and when the call is answered (wall-clock milliseconds). */
export interface RouteRules {
  readonly rules: readonly RouteRule[];
  readonly wallMs: number;
}

/** Facts that say what a call is about, the surest first: as an IVR, or a line's `intake`, names them. */
export const categoryKeys = ['issueCategory', 'category', 'topic'] as const;

/** Who calls again so soon after a call that solved nothing probably calls about the same. */
const sameIssueMs = 7 * 86_400_000;

type Facts = Readonly<Record<string, Json>>;

/**
 * What a call is about, as far as that is known before the first word: what an IVR passed on, else what the caller's last call was about, if that was
 * not solved and is no longer ago than a week. Undefined: nothing is known.
 */
export const toldCategory = (facts: Facts, wallMs: number): string | undefined => {
  const told = categoryKeys.map((key) => textOf(facts, key)).find((text) => text !== undefined);
  if (told !== undefined) return told;
  const ago = wallMs - Date.parse(textOf(facts, 'lastCallAt') ?? '');
  return textOf(facts, 'lastCallOutcome') === 'not resolved' && ago <= sameIssueMs
    ? textOf(facts, 'lastCallIssue')
    : undefined;
};

const textOf = (facts: Facts, key: string): string | undefined => {
  const value = Object.hasOwn(facts, key) ? facts[key] : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
};

/** The rule for calls of a category that `from` has. One whose agents the line does not have (any more) is none. */
export const ruleFor = (
  line: LineDefinition,
  rules: readonly RouteRule[],
  { category, from }: Pick<Way, 'category' | 'from'>,
): RouteRule | undefined =>
  rules.find(
    (rule) =>
      rule.line === line.name &&
      rule.from === from &&
      rule.to !== from &&
      line.agents.has(rule.to) &&
      plainCategory(rule.category) === plainCategory(category),
  );
