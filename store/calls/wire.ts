import { z } from 'zod';
import { parseCallId } from '../../infra/brand.ts';
import type { CallRecord } from './record.ts';

const text = z.string();
const time = z.iso.datetime();
const verdict = z.boolean().nullable();

const callId = text.transform((id, context) => {
  const parsed = parseCallId(id);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'not a call id' });
  return z.NEVER;
});

const transferOutcome = z.enum([
  ...([
    'no-answer',
    'busy',
    'declined',
    'voicemail',
    'unreachable',
    'hung-up',
    'closed',
    'cancelled',
    'caller-gone',
  ] as const),
  ...(['left', 'given-back', 'finished', 'caller-hung-up', 'pending'] as const),
]);

/** Loose: what a newer version added is kept. */
const schema: z.ZodType<CallRecord> = z.looseObject({
  callId,
  line: text,
  startedAt: time,
  endedAt: time,
  handleMs: z.number(),
  endReason: text,
  turnedAway: text.nullable(),
  caller: text.nullable(),
  category: text.nullable(),
  sentimentStart: text.nullable(),
  sentimentEnd: text.nullable(),
  // Records of before have no times of verdicts and requests, and no revision.
  resolution: z.looseObject({
    agent: verdict,
    caller: verdict,
    callerAt: time.nullable().default(null),
    tool: verdict,
    toolAt: time.nullable().default(null),
    repeatedAt: time.nullable(),
  }),
  solvedBy: text.nullable(),
  contained: verdict,
  agents: z.array(text),
  handoffs: z.array(z.looseObject({ from: text, to: text })),
  handBacks: z.number(),
  abandonedInHandoff: z.boolean(),
  askedAgain: z.number(),
  resumes: z.number(),
  transfers: z.array(
    z.looseObject({
      to: text,
      way: z.enum(['warm', 'cold', 'queue']),
      requestedAt: time.nullable().default(null),
      outcome: transferOutcome,
      wasAccepted: z.boolean(),
      talkMs: z.number().nullable(),
    }),
  ),
  callbackAsked: z.boolean().default(false), // records of before have none
  tools: z.array(
    z.looseObject({
      tool: text,
      agent: text,
      status: z.enum(['ok', 'error', 'timeout', 'unknown', 'running']),
      ms: z.number().nullable(),
    }),
  ),
  tokens: z.record(text, z.number()).nullable(),
  cost: z.looseObject({ usdMicros: z.number().nullable(), asOf: text.nullable() }).nullable(),
  judgedBy: z.enum(['rules', 'model']),
  revision: z.number().default(0),
});

export const encodeCallRecord = (record: CallRecord): string => JSON.stringify(record);

/** Reads a stored record; `undefined` when it is not one that this version can read. */
export const decodeCallRecord = (stored: string): CallRecord | undefined => {
  try {
    return schema.safeParse(JSON.parse(stored)).data;
  } catch {
    return undefined;
  }
};
