import { z } from 'zod';
import { type CallId, epoch, parseCallId, term } from '../../infra/brand.ts';
import type { HandoffRecord } from './record.ts';
import { isWordless, type SaidInHandoff } from './words.ts';

const callId = z.string().transform((text, check): CallId => {
  const parsed = parseCallId(text);
  if (parsed !== undefined) return parsed;
  check.addIssue('not a CallSid');
  return z.NEVER;
});

const text = z.string();
const laterFigure = z.number().nullable().default(null);

const schema: z.ZodType<HandoffRecord> = z.looseObject({
  id: text,
  callId,
  term: z.int().positive().transform(term),
  epoch: z.int().nonnegative().transform(epoch).nullable(),
  line: text,
  from: text,
  to: text,
  reason: text,
  trigger: z.enum(['caller-asked', 'attempts-failed', 'expertise', 'agent-judgement']).nullable(),
  category: text.nullable(),
  sentiment: text.nullable(),
  attempts: z.array(z.looseObject({ solution: text, outcome: text })),
  outcome: z.enum(['committed', 'refused', 'failed']),
  why: text.nullable(),
  requestedAt: z.iso.datetime(),
  decidedAt: z.iso.datetime(),
  switchMs: z.number().nullable(),
  silenceMs: z.number().nullable(),
  factsCarried: z.number().nullable(),
  leftOut: z.array(text),
  // Records of older versions lack these.
  cause: z.enum(['answer', 'handoff', 'rotation', 'session-lost', 'resume', 'return']).default('handoff'),
  configuredMs: laterFigure,
  firstAudioMs: laterFigure,
  helpfulMs: laterFigure,
  keptMs: laterFigure,
  bundleBytes: laterFigure,
  briefingTokens: laterFigure,
  foreseen: z.boolean().nullable().default(null),
  judgedBy: z.enum(['rules', 'model']).nullable().default(null),
  acknowledged: z
    .looseObject({
      issue: z.boolean(),
      finding: z.boolean().nullable(),
      feeling: z.boolean().nullable().default(null),
    })
    .nullable()
    .default(null),
  askedAgain: z.array(z.looseObject({ field: text, sentence: text })).default([]),
  handedBack: z.boolean().nullable().default(null),
  resolved: z.boolean().nullable().default(null),
});

/** What only the stored form has: words that are sealed, or that there are none. */
const storedSchema = z.looseObject({ words: text.optional(), wordless: z.boolean().optional() });

const said = z.object({
  reason: text,
  attempts: z.array(z.looseObject({ solution: text, outcome: text })),
  askedAgain: z.array(z.looseObject({ field: text, sentence: text })),
}) satisfies z.ZodType<SaidInHandoff>;

/** How stores find records in which no words are left. */
export const wordlessMark = '"wordless":true';

export const encodeRecord = (record: HandoffRecord): string =>
  JSON.stringify(isWordless(record) ? { ...record, wordless: true } : record);

/** `words`: what was taken from the record, sealed. */
export const encodeSealed = (record: HandoffRecord, words: string): string => JSON.stringify({ ...record, words });

/** Reads a stored record, with its words as they are stored; `undefined` when it is not one that this version can read. */
export const decodeStored = (
  stored: string,
): { readonly record: HandoffRecord; readonly words: string | undefined } | undefined => {
  try {
    const { words, wordless: _, ...rest } = storedSchema.parse(JSON.parse(stored));
    const record = schema.safeParse(rest).data;
    return record && { record, words };
  } catch {
    return undefined;
  }
};

/** The words that `saidIn` took from a record; nothing when they are none. */
export const decodeSaid = (opened: string): Partial<SaidInHandoff> => {
  try {
    return said.safeParse(JSON.parse(opened)).data ?? {};
  } catch {
    return {};
  }
};

/** Reads a record that is stored with its words. */
export const decodeRecord = (stored: string): HandoffRecord | undefined => decodeStored(stored)?.record;
