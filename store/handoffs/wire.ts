import { z } from 'zod';
import { type CallId, epoch, parseCallId, term } from '../../infra/brand.ts';
import type { HandoffRecord } from './record.ts';

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

export const encodeRecord = (record: HandoffRecord): string => JSON.stringify(record);

/** Reads a stored record; `undefined` when it is not one that this version can read. */
export const decodeRecord = (stored: string): HandoffRecord | undefined => {
  try {
    return schema.safeParse(JSON.parse(stored)).data;
  } catch {
    return undefined;
  }
};
