import type { HandoffRecord } from '../../../store/handoffs/record.ts';

/** Free text as it may leave the house. */
const exportedText = (text: string): string => text;

/** Handoffs for an export: what was said stands in them without what tells who somebody is. */
export async function* withoutNames(
  pages: AsyncIterable<readonly HandoffRecord[]>,
): AsyncGenerator<readonly HandoffRecord[]> {
  for await (const page of pages)
    yield page.map((record) => ({
      ...record,
      reason: exportedText(record.reason),
      attempts: record.attempts.map(({ solution, outcome }) => ({ solution: exportedText(solution), outcome })),
      askedAgain: record.askedAgain.map(({ field, sentence }) => ({ field, sentence: exportedText(sentence) })),
    }));
}
