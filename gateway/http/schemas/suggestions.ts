import { z } from 'zod';
import { callIdSchema } from './call.ts';
import { cursorParameter, limitParameter } from './parameters.ts';

/** Advice out of many handoffs. What else it has depends on what was decided about it. */
export const suggestionSchema = z
  .looseObject({
    id: z.string(),
    line: z.string(),
    category: z.string(),
    from: z.string(),
    to: z.string(),
    n: z.int(),
    k: z.int().describe('So many of the n calls ended with `to`.'),
    share: z.number(),
    savesMs: z.number().nullable(),
    period: z.object({ from: z.iso.datetime(), until: z.iso.datetime() }),
    interval: z.object({ low: z.number(), high: z.number() }).describe('95 %, by Wilson.'),
    text: z.string(),
  })
  .meta({ id: 'Suggestion' });

export const suggestionListSchema = z
  .looseObject({
    open: z.array(suggestionSchema),
    accepted: z.array(suggestionSchema),
    dismissed: z.array(suggestionSchema),
  })
  .meta({ id: 'SuggestionList' });

export const callsBehindSchema = z
  .object({
    calls: z.array(
      z.object({
        callId: callIdSchema,
        startedAt: z.iso.datetime(),
        endedWith: z.string().nullable(),
        counted: z.boolean(),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'CallsBehind' });

export const callsBehindQuery = z.strictObject({ limit: limitParameter, cursor: cursorParameter });
export const deciderBody = z.object({ by: z.string().min(1).max(100).regex(/\S/).optional().describe('Who decides.') });
