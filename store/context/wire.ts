import { z } from 'zod';
import { epoch, term, wallTime } from '../../infra/brand.ts';
import type { ContextEvent, ContextFact, Json } from './event.ts';

/** Version of the stored form. Raise it, and add an upgrade, when an old event no longer reads as what it meant. */
export const storedVersion = 1;

/** A stored text that is not an event that this version can read; `bad` says why. */
export interface BadEvent {
  readonly bad: string;
}

/** Stored events that can't be read: damaged, missing, or of a newer version. New events go behind `lastSeq`. */
export interface LogDamage {
  readonly unreadable: number;
  readonly lastSeq: number;
}

/** A log of which events were erased: their key is gone. New events go behind `lastSeq`. */
export interface LogErasure {
  readonly lastSeq: number;
}

/** What could be read of a call's log. `damage` and `erased` are there only when `events` lacks something. */
export interface DecodedLog {
  readonly events: readonly ContextEvent[];
  readonly damage?: LogDamage;
  readonly erased?: LogErasure;
}

const maxLength = 1_048_576; // characters: 32 times the largest tool result that is let in
const maxDepth = 64;

/** Depth first: a tool result nested 100,000 deep parses, but recursion over it later overflows the stack. */
const isJson = (value: unknown, depth = 0): value is Json => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth >= maxDepth) return false;
  return Object.entries(value).every(([key, inner]) => key !== '__proto__' && isJson(inner, depth + 1));
};

const json = z.custom<Json>((value) => value !== undefined); // the whole event was checked before
const text = z.string();
const cause = z.enum(['answer', 'handoff', 'rotation', 'session-lost', 'resume', 'return']);
const trigger = z.enum(['caller-asked', 'attempts-failed', 'expertise', 'agent-judgement']);
const transferFailure = z.enum([
  'no-answer',
  'busy',
  'declined',
  'voicemail',
  'unreachable',
  'hung-up',
  'closed',
  'cancelled',
  'caller-gone',
]);
const paymentOutcome = z.enum([
  'paid',
  'declined',
  'cancelled',
  'too-many-attempts',
  'not-set-up',
  'not-begun',
  'caller-hung-up',
  'unknown',
]);
const amount = z.number().nonnegative();
const tokens = z.looseObject({
  textIn: amount,
  textCached: amount,
  audioIn: amount,
  audioCached: amount,
  imageIn: amount,
  textOut: amount,
  audioOut: amount,
});
const transcription = z.looseObject({ model: text, seconds: amount, tokensIn: amount, tokensOut: amount });
const epochNumber = z.int().nonnegative().transform(epoch);

/** Where an event stands. Loose: what a newer version added is kept. */
const place = {
  seq: z.int().positive(),
  term: z.int().positive().transform(term),
  at: z.number().transform(wallTime),
};

const fact = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.looseObject({ type: z.literal(type), ...place, ...shape });

/** One schema per event; a missing one is a compile error. */
const schemas = {
  'call-started': fact('call-started', {
    from: text,
    to: text,
    line: text,
    verstat: text.exactOptional(),
    ivr: z.record(text, text),
  }),
  bound: fact('bound', { agent: text, epoch: epochNumber, cause }),
  'caller-said': fact('caller-said', { turn: text, text: text.nullable() }),
  'agent-said': fact('agent-said', {
    item: text,
    agent: text,
    text,
    heardText: text,
    saidMs: z.number(),
    heardMs: z.number(),
  }),
  'tool-called': fact('tool-called', {
    tool: text,
    toolCallId: text,
    agent: text,
    arguments: json,
    effect: z.enum(['reads', 'writes', 'irreversible']),
  }),
  'tool-returned': fact('tool-returned', {
    tool: text,
    toolCallId: text,
    status: z.enum(['ok', 'error', 'timeout', 'unknown']),
    result: json,
    durationMs: z.number(),
  }),
  'fact-learned': fact('fact-learned', {
    key: text,
    value: json,
    source: z.enum(['ivr', 'tool', 'caller', 'agent', 'memory']),
    verified: z.boolean(),
  }),
  'solution-verified': fact('solution-verified', { tool: text, toolCallId: text, agent: text, solved: z.boolean() }),
  'solution-tried': fact('solution-tried', { solution: text, outcome: z.enum(['worked', 'failed', 'unknown']) }),
  'sentiment-noticed': fact('sentiment-noticed', { sentiment: text }),
  'issue-classified': fact('issue-classified', { category: text }),
  'digit-pressed': fact('digit-pressed', { digit: text }),
  'keys-entered': fact('keys-entered', { digits: text, ended: z.enum(['pound', 'pause', 'length']) }),
  'handoff-requested': fact('handoff-requested', { epoch: epochNumber, from: text, to: text, reason: text, trigger }),
  'handoff-refused': fact('handoff-refused', { from: text, to: text, reason: text, why: text }),
  'handoff-committed': fact('handoff-committed', {
    epoch: epochNumber,
    from: text,
    to: text,
    switchMs: z.number(),
    silenceMs: z.number(),
    factsCarried: z.number(),
    leftOut: z.array(text),
    // Older nodes did not write these.
    configuredMs: z.number().default(0),
    firstAudioMs: z.number().default(0),
    foreseen: z.boolean().default(false),
    keptMs: z.number().default(0),
    briefingTokens: z.number().default(0),
  }),
  'handoff-failed': fact('handoff-failed', { epoch: epochNumber, from: text, to: text, why: text }),
  'transfer-requested': fact('transfer-requested', {
    transfer: text,
    from: text,
    to: text,
    way: z.enum(['warm', 'cold', 'queue']),
    reason: text,
    trigger,
  }),
  'transfer-accepted': fact('transfer-accepted', { transfer: text, to: text }),
  'transfer-failed': fact('transfer-failed', { transfer: text, to: text, why: transferFailure }),
  'transfer-ended': fact('transfer-ended', {
    transfer: text,
    to: text,
    ending: z.enum(['left', 'given-back', 'finished', 'caller-hung-up']),
    talkMs: z.number(),
    notes: text.nullable(),
    verdict: z.enum(['solved', 'not-solved', 'call-back']).nullable(),
  }),
  'transfer-noted': fact('transfer-noted', {
    transfer: text,
    notes: text.nullable(),
    verdict: z.enum(['solved', 'not-solved', 'call-back']).nullable(),
  }),
  'payment-started': fact('payment-started', {
    payment: text,
    agent: text,
    tool: text,
    toolCallId: text,
    amount: text,
    currency: text,
    description: text.nullable(),
    connector: text.nullable(),
  }),
  'payment-handed-over': fact('payment-handed-over', { payment: text }),
  'payment-ended': fact('payment-ended', {
    payment: text,
    outcome: paymentOutcome,
    confirmation: text.nullable(),
    cardType: text.nullable(),
    error: text.nullable(),
  }),
  'callback-requested': fact('callback-requested', { number: text, when: text, reason: text }),
  'first-words-judged': fact('first-words-judged', {
    epoch: epochNumber,
    agent: text,
    issue: z.boolean(),
    finding: z.boolean().nullable(),
    feeling: z.boolean().nullable().default(null),
  }),
  'asked-again': fact('asked-again', { agent: text, field: text, sentence: text }),
  'model-used': fact('model-used', { agent: text, model: text, tokens, transcription: transcription.nullable() }),
  'routed-by-rule': fact('routed-by-rule', { rule: text, agent: text, way: z.enum(['answered', 'told']) }),
  'call-turned-away': fact('call-turned-away', { why: text, to: text }),
  'log-condensed': fact('log-condensed', { results: amount, words: amount, characters: amount }),
  'recording-started': fact('recording-started', { part: text, offsetMs: amount, sealed: z.boolean() }),
  'recording-ended': fact('recording-ended', {
    part: text,
    durationMs: amount,
    lostMs: amount,
    complete: z.boolean(),
    why: text,
    pauses: z.array(z.looseObject({ why: z.enum(['secure', 'keys']), fromMs: amount, toMs: amount })),
  }),
  'stream-ended': fact('stream-ended', { reason: text }),
  'call-ended': fact('call-ended', {
    reason: text,
    resolved: z.boolean().nullable(),
    // Older nodes did not write it.
    owesGoodbye: z.boolean().default(false),
  }),
} satisfies { readonly [Type in ContextFact['type']]: z.ZodType<Extract<ContextEvent, { type: Type }>> };

const schemaOf = (type: unknown): z.ZodType<ContextEvent> | undefined =>
  typeof type === 'string' && Object.hasOwn(schemas, type) ? schemas[type as ContextFact['type']] : undefined;

/** The stored form of an event: one line of JSON with the version first. */
export const encodeEvent = (event: ContextEvent): string => JSON.stringify({ v: storedVersion, ...event });

/**
 * Reads a stored event. Never throws. Fields that this version does not know are kept, and a newer version's event is read as far
 * as it still has the shape known here.
 */
export const decodeEvent = (stored: string): ContextEvent | BadEvent => {
  if (stored.length > maxLength) return { bad: 'longer than an event can be' };
  const parsed = parseObject(stored);
  if (parsed === undefined) return { bad: 'not a JSON object' };
  const { v, ...event } = parsed;
  const schema = schemaOf(event['type']);
  // Damaged, it may be anything, even an object that can't become a string.
  const version = typeof v === 'number' ? v : '?';
  if (schema === undefined) return { bad: `unknown event, stored as version ${version}` };
  const checked = isJson(event) ? schema.safeParse(event) : undefined;
  if (checked?.success === true) return checked.data;
  const where = checked?.error.issues[0]?.path.join('.') ?? 'nesting';
  return { bad: `not a ${String(event['type'])}, stored as version ${version}: ${where}` };
};

/** Reads the text at a place of a stored log, the first being 0; undefined: it is missing, or can't be read. */
export const decodePlace = (text: string | undefined, index: number): ContextEvent | undefined => {
  const event = text === undefined ? undefined : decodeEvent(text);
  return event === undefined || 'bad' in event || event.seq !== index + 1 ? undefined : event;
};

/** A log by its places. `damage` is there only if some could not be read, or are missing: then `events` lacks them. */
export const logOf = (places: readonly (ContextEvent | undefined)[]): DecodedLog => {
  const events = places.filter((event) => event !== undefined);
  const unreadable = places.length - events.length;
  return unreadable === 0 ? { events } : { events, damage: { unreadable, lastSeq: places.length } };
};

/** Reads a call's stored log, the n-th text being `seq` n. */
export const decodeLog = (stored: readonly (string | undefined)[]): DecodedLog => logOf(stored.map(decodePlace));

const parseObject = (stored: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const parsed: unknown = JSON.parse(stored);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
};
