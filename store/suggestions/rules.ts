import { createHash } from 'node:crypto';
import { ThroughlineError } from '../../infra/errors.ts';
import { plainCategory } from '../calls/category.ts';
import type { Texts } from '../texts.ts';
import type { Way } from './way.ts';

/** What a decision was based on, as it was then. Times are ISO 8601, UTC. */
export interface RuleEvidence {
  readonly n: number;
  readonly k: number;
  readonly savesMs: number | null;
  readonly from: string;
  readonly until: string;
}

/** What somebody decided about a suggestion: an accepted one is a rule of `route`. */
export interface Rule extends Way {
  /** Of the suggestion. */
  readonly id: string;
  readonly state: 'accepted' | 'dismissed';
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Who, as they said; null: they did not say. */
  readonly by: string | null;
  readonly evidence: RuleEvidence;
}

/** What was decided about suggestions, by line: one for all processes of a store. Rejects with `store-unavailable`. */
export interface RuleStore {
  of(line: string): Promise<readonly Rule[]>;
  /**
   * Changes the rules of a line in one step. `decide` sees what is there, and may be asked again when somebody else was quicker;
   * without `rules` nothing changes. The answer is that of the last time.
   */
  change<Answer>(line: string, decide: (rules: readonly Rule[]) => Decided<Answer>): Promise<Answer>;
}

export interface Decided<Answer> {
  readonly rules?: readonly Rule[];
  readonly answer: Answer;
}

/** A rule holds until it is withdrawn: texts are kept this long, so for good. */
export const ruleKeepDays = 36_500;

/** Names a suggestion: the same in every process, and however its category is spelt. */
export const suggestionId = ({ line, category, from, to }: Way): string =>
  createHash('sha256')
    .update(JSON.stringify([line, plainCategory(category), from, to]))
    .digest('hex')
    .slice(0, 16);

const mostTries = 50;

export const rulesIn = (texts: Texts): RuleStore => ({
  of: async (line) => decodeRules(await texts.get(line)),
  async change(line, decide) {
    for (let tried = 0; tried < mostTries; tried += 1) {
      const before = await texts.get(line);
      const { rules, answer } = decide(decodeRules(before));
      if (rules === undefined) return answer;
      const after = JSON.stringify(rules);
      const isDone =
        before === undefined ? (await texts.putFirst(line, after)) === after : await texts.swap(line, before, after);
      if (isDone) return answer;
    }
    throw new ThroughlineError('rules-contended', 'The rules of a line are changed by others all the time; try again.');
  },
});

/** What can't be read is forgotten. */
export const decodeRules = (stored: string | undefined): readonly Rule[] => {
  try {
    const rules: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(rules) ? rules.filter(isRule) : [];
  } catch {
    return [];
  }
};

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const isTime = (value: unknown): boolean => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

const isRule = (value: unknown): value is Rule => {
  const rule = fieldsOf(value);
  const { n, k, savesMs, from, until } = fieldsOf(rule['evidence']);
  const { state, at, by } = rule;
  return (
    ['id', 'line', 'category', 'from', 'to'].every((key) => typeof rule[key] === 'string') &&
    (state === 'accepted' || state === 'dismissed') &&
    (by === null || typeof by === 'string') &&
    [at, from, until].every(isTime) &&
    [n, k, savesMs ?? 0].every(isCount)
  );
};
