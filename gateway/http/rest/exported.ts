import { inTurns } from '../../../infra/in-turns.ts';
import type { HandoffRecord } from '../../../store/handoffs/record.ts';
import { redact } from '../../../store/redact.ts';

/** So many are gone through in one go. */
const atATime = 20;

/** Handoffs for an export: what was said stands in them without what tells who somebody is. */
export async function* withoutNames(
  pages: AsyncIterable<readonly HandoffRecord[]>,
): AsyncGenerator<readonly HandoffRecord[]> {
  for await (const page of pages)
    yield await inTurns(page, atATime, (record) => ({
      ...record,
      reason: redact(record.reason),
      attempts: record.attempts.map(({ solution, outcome }) => ({ solution: redact(solution), outcome })),
      askedAgain: record.askedAgain.map(({ field, sentence }) => ({ field, sentence: redact(sentence) })),
    }));
}
