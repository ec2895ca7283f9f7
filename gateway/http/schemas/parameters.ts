import { z } from 'zod';
import { parseCallId } from '../../../infra/brand.ts';
import { decodeCursor } from '../../../store/paging.ts';

const longestText = 200;
const mostOnPage = 200;

const limitWords = `must be a whole number from 1 to ${mostOnPage}`;
const toNumber = (text: unknown): unknown => (typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : text);

/** How many there are on a page. */
export const limitParameter = z
  .preprocess(toNumber, z.int(limitWords).min(1, limitWords).max(mostOnPage, limitWords))
  .default(50)
  .describe('How many there are on a page.');

const cursorWords = 'must be the `next` of an answer to the same question';

export const cursorParameter = z
  .string()
  .refine((text) => decodeCursor(text) !== undefined, cursorWords)
  .optional()
  .describe('Where to go on: the `next` of the answer before.');

/** Text as it is in the records. */
export const textParameter = (description: string) =>
  z.string().max(longestText, `must have at most ${longestText} characters`).optional().describe(description);

const toBoolean = (text: unknown): unknown => (text === 'true' ? true : text === 'false' ? false : text);

export const yesOrNoParameter = (description: string) =>
  z.preprocess(toBoolean, z.boolean('must be true or false')).optional().describe(description);

/** One of a few words. */
export const wordParameter = <const Words extends readonly [string, ...string[]]>(words: Words, description: string) =>
  z
    .enum(words, `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`)
    .optional()
    .describe(description);

const momentWords = 'must be a day like 2026-11-28 or a time like 2026-11-28T09:00:00Z, UTC';
const moment = z.union([z.iso.date(), z.iso.datetime()], momentWords);

interface Period {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The period of a list. */
export const periodParameters = {
  from: moment.optional().describe('The first day, or a time, UTC.'),
  to: moment.optional().describe('The last day, which is included, or a time, which is not, UTC.'),
};

const dayWords = 'must be a day like 2026-11-28';

export const dayParameter = (description: string) => z.iso.date(dayWords).optional().describe(description);

export const callIdParameter = z
  .string()
  .regex(/^CA[0-9a-fA-F]{32}$/, 'must be CA and 32 hex digits')
  .transform((text) => parseCallId(text))
  .optional()
  .describe('The handoffs of this call.');

/** How the answer is written. */
export const formatParameter = wordParameter(
  ['json', 'csv'],
  'How the answer is written: JSON, or CSV with all rows. `Accept: text/csv` asks for the latter, too.',
);

export type Separator = ',' | ';';

/** What stands between the cells of CSV. */
export const separatorParameter = wordParameter(
  [',', ';'],
  'What separates the cells of CSV: by default `,`. With `;`, and decimal commas, spreadsheets of most of Europe open the file in columns.',
);

const dayMs = 86_400_000;

/** The last moment of a period: all of a day that is its end. */
const lastOf = (to: string): number => Date.parse(to) + (to.includes('T') ? 0 : dayMs - 1);

/** What is wrong with a period, in words; undefined: nothing. */
export const wrongPeriod = ({ from, to }: Period): string | undefined =>
  from !== undefined && to !== undefined && Date.parse(from) > lastOf(to)
    ? `from must not be after to: ${from} is after ${to}`
    : undefined;

/** The period in wall-clock milliseconds: `until` is not in it any more. */
export const periodOf = ({ from, to }: Period) => ({
  from: from === undefined ? undefined : Date.parse(from),
  until: to === undefined ? undefined : Date.parse(to) + (to.includes('T') ? 0 : dayMs),
});
