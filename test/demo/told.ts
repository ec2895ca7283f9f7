import { briefingOf, type SessionRecord } from '../world/model/record.ts';
import { asList, asText, objectOf, parsed, type Unknown } from './loose-json.ts';

/** What the specialist's session was given, as the model server received it, in short. */
export interface Told {
  readonly facts: readonly { readonly key: string; readonly value: string }[];
  readonly tried: readonly { readonly solution: string; readonly outcome: string }[];
  readonly sentiment: string | undefined;
  readonly reason: string | undefined;
  /** All of it, as JSON text with line breaks. */
  readonly whole: string;
}

const listOf = (value: unknown): readonly Unknown[] => asList(value).map(objectOf);

/** Reads the briefing of the session that took over. */
export const toldTo = (specialist: SessionRecord): Told => {
  const briefing = objectOf(parsed(briefingOf(specialist)));
  const sentiment = briefing['sentiment'];
  const reason = objectOf(briefing['handoff'])['reason'];
  const category = briefing['issueCategory'];
  const facts = listOf(briefing['facts']).map((fact) => ({ key: asText(fact['key']), value: asText(fact['value']) }));
  return {
    facts: category === undefined ? facts : [...facts, { key: 'issueCategory', value: asText(category) }],
    tried: listOf(briefing['attemptedSolutions']).map((attempt) => ({
      solution: asText(attempt['solution']),
      outcome: asText(attempt['outcome']),
    })),
    sentiment: sentiment === undefined ? undefined : asText(sentiment),
    reason: reason === undefined ? undefined : asText(reason),
    whole: JSON.stringify(briefing, null, 2),
  };
};
