import { briefingOf, type SessionRecord } from '../world/model/record.ts';

/** What the specialist's session was given, as the model server received it, in short. */
export interface Told {
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  readonly tried: readonly { readonly solution: string; readonly outcome: string }[];
  readonly sentiment: string | undefined;
  readonly reason: string | undefined;
  /** All of it, as JSON text with line breaks. */
  readonly whole: string;
}

type Unknown = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (Object.fromEntries(Object.entries(value)) as Unknown)
    : {};

const listOf = (value: unknown): readonly Unknown[] => (Array.isArray(value) ? value.map(objectOf) : []);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads the briefing of the session that took over. */
export const toldTo = (specialist: SessionRecord): Told => {
  const briefing = objectOf(parsed(briefingOf(specialist)));
  const sentiment = briefing['sentiment'];
  const reason = objectOf(briefing['handoff'])['reason'];
  const category = briefing['issueCategory'];
  const facts = listOf(briefing['facts']).map((fact) => ({ key: textOf(fact['key']), value: textOf(fact['value']) }));
  return {
    facts: category === undefined ? facts : [...facts, { key: 'issueCategory', value: textOf(category) }],
    tried: listOf(briefing['attemptedSolutions']).map((attempt) => ({
      solution: textOf(attempt['solution']),
      outcome: textOf(attempt['outcome']),
    })),
    sentiment: sentiment === undefined ? undefined : textOf(sentiment),
    reason: reason === undefined ? undefined : textOf(reason),
    whole: JSON.stringify(briefing, null, 2),
  };
};
