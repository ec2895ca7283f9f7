import { z } from 'zod';
import { handoffSchema } from './handoff.ts';
import {
  cursorParameter,
  formatParameter,
  limitParameter,
  periodParameters,
  separatorParameter,
  textParameter,
  wordParameter,
  yesOrNoParameter,
} from './parameters.ts';

const text = z.string();
const time = z.iso.datetime();
const said = z.boolean().nullable();
const toolStatuses = ['ok', 'error', 'timeout', 'unknown', 'running'] as const;

export const callIdSchema = z
  .string()
  .regex(/^CA[0-9a-fA-F]{32}$/)
  .meta({ id: 'CallId', description: 'Twilio’s CallSid.' });

/** One call that is over. */
export const callSchema = z
  .object({
    callId: callIdSchema,
    line: text,
    startedAt: time,
    endedAt: time,
    handleMs: z.number().describe('From the answer to the end.'),
    endReason: text,
    turnedAway: text.nullable().describe('Why agents did not take it; null: they did.'),
    caller: text.nullable().describe('A stand-in for the number of the caller; null: hidden, or forgotten.'),
    category: text.nullable(),
    sentimentStart: text.nullable(),
    sentimentEnd: text.nullable(),
    resolution: z
      .object({
        agent: said.describe('The claim of the agent that ended the call. It counts for nothing but itself.'),
        caller: said.describe('The caller’s own word.'),
        callerAt: time.nullable().describe('When they said it. Null also in records of earlier versions.'),
        tool: said.describe('What a tool saw, or the person who had the caller said.'),
        toolAt: time
          .nullable()
          .describe('When it was seen, or the talk with the person ended. Null also in records of earlier versions.'),
        repeatedAt: time.nullable().describe('When the same caller called again about it, within seven days.'),
      })
      .describe(
        'Who said last that the problem is solved, or that it is not. Null: nobody did. Of caller and tool the newest word counts, unless the caller called again.',
      ),
    solvedBy: text.nullable().describe('The agent or person who had the caller when the problem was solved.'),
    contained: z
      .boolean()
      .nullable()
      .describe(
        'The call needed no person: none had the caller, none is to call back, it was not given up, and if a person was asked for in vain, the newest word after the last request is that the problem is solved. Null: turned away, or lost.',
      ),
    agents: z.array(text).describe('In the order in which they were bound first.'),
    handoffs: z.array(z.object({ from: text, to: text })).describe('Those that were committed, in order.'),
    handBacks: z.int(),
    abandonedInHandoff: z.boolean().describe('The caller hung up while the next agent was on its way.'),
    askedAgain: z.int().describe('Questions of agents for what was known.'),
    resumes: z.int().describe('How often its process was lost and another went on.'),
    transfers: z.array(
      z.object({
        to: text,
        way: z.enum(['warm', 'cold', 'queue']),
        requestedAt: time.nullable().describe('Null: a record of an earlier version.'),
        outcome: text,
        wasAccepted: z.boolean(),
        talkMs: z.number().nullable(),
      }),
    ),
    callbackAsked: z.boolean().describe('Whether the caller wished to be called back; where and when stands with the call.'),
    tools: z.array(
      z.object({
        tool: text,
        agent: text,
        status: z.enum(toolStatuses),
        ms: z.number().nullable(),
      }),
    ),
    tokens: z.record(text, z.number()).nullable().describe('By kind, of all models; null: not counted.'),
    cost: z
      .object({
        usdMicros: z.int().nullable().describe('Millionths of a US dollar; null: a price is not known.'),
        asOf: text.nullable().describe('The oldest price in it, as a day.'),
      })
      .nullable(),
    judgedBy: z.enum(['rules', 'model']).describe('Who found category, resolution, sentiment and solver.'),
    revision: z
      .int()
      .describe('Grows by one each time that what webhooks are told of it changes; 0: a record of an earlier version.'),
  })
  .meta({ id: 'CallRecord', description: 'One call that is over. It holds no words and no number of anybody.' });

const next = text.nullable().describe('The cursor of the next page; null: this was the last.');
const live = z.array(callIdSchema).describe('The calls that this process serves now.');

export const callListSchema = z.object({ calls: z.array(callSchema), next, live }).meta({ id: 'CallList' });

export const recentCallsSchema = z
  .object({
    calls: z.array(
      z.object({
        callId: callIdSchema,
        term: z.int(),
        owner: text.describe('The process that serves it, or did last.'),
        lastSeq: z.int().describe('The number of its newest event.'),
      }),
    ),
    live,
  })
  .meta({ id: 'RecentCalls' });

const json = z.unknown().describe('Any JSON value.');

/** What is known of a call. */
export const bundleSchema = z
  .object({
    schema: z.literal(1),
    callId: callIdSchema,
    version: z.int(),
    messages: z.array(
      z.object({
        role: z.enum(['user', 'assistant', 'tool']),
        content: text,
        timestamp: time,
        agent: text,
        heard: text.optional().describe('Assistant only: what the caller heard of it.'),
      }),
    ),
    toolCalls: z.array(
      z.object({
        name: text,
        arguments: json,
        result: json,
        timestamp: time,
        agent: text,
        status: z.enum(['ok', 'error', 'timeout', 'unknown']),
      }),
    ),
    userState: z.record(text, json),
    agentState: z.object({
      attemptedSolutions: z.array(z.object({ solution: text, outcome: z.enum(['worked', 'failed', 'unknown']) })),
      outcome: text.nullable(),
    }),
    handoffReason: text.nullable(),
    handoffAt: time.nullable(),
    fromAgent: text.nullable(),
    toAgent: text.nullable(),
    handoffs: z.array(
      z.object({
        from: text,
        to: text,
        reason: text,
        trigger: z.enum(['caller-asked', 'attempts-failed', 'expertise', 'agent-judgement']),
        outcome: z.enum(['pending', 'committed', 'failed']),
        requestedAt: time,
        committedAt: time.nullable(),
      }),
    ),
    facts: z.array(
      z.object({
        key: text,
        value: json,
        source: z.enum(['ivr', 'tool', 'caller', 'agent', 'memory']),
        verified: z.boolean(),
        timestamp: time,
      }),
    ),
  })
  .meta({ id: 'Bundle', description: 'What is known of a call. What is not known is null.' });

export const eventsSchema = z
  .object({
    events: z.array(
      z
        .looseObject({ seq: z.int(), term: z.int(), at: z.number().describe('Wall-clock milliseconds.'), type: text })
        .describe('What else it has depends on its type.'),
    ),
  })
  .meta({ id: 'Events' });

/** All of one call. */
export const wholeCallSchema = z
  .object({
    callId: callIdSchema,
    live: z.boolean(),
    record: callSchema.nullable().describe('Null: the call is not over, or not looked into yet.'),
    bundle: bundleSchema.nullable().describe('Null: what was said and done is not kept any more.'),
    handoffs: z.array(handoffSchema),
    transfers: z.array(
      z.object({
        transfer: text,
        from: text,
        to: text,
        way: z.enum(['warm', 'cold', 'queue']),
        reason: text,
        state: z.enum(['pending', 'accepted', 'failed', 'ended']),
        outcome: text.nullable(),
        talkMs: z.number().nullable(),
        notes: text.nullable(),
        verdict: z.enum(['solved', 'not-solved', 'call-back']).nullable(),
        requestedAt: time,
        screen: z.string().describe('The link to the page of the person. Who has it may act for them.'),
      }),
    ),
    callbacks: z.array(z.object({ number: text, when: text, reason: text, askedAt: time })),
    recordings: z
      .array(
        z.object({
          part: text.describe('Names the stream that was recorded.'),
          offsetMs: z.number().describe('Since the call began.'),
          sealed: z.boolean(),
          end: z
            .object({
              durationMs: z.number(),
              lostMs: z.number().describe('Silent since the disk was too slow.'),
              complete: z.boolean(),
              why: text.describe('`ended`, or what stopped it while the stream went on.'),
              pauses: z
                .array(z.object({ why: z.enum(['secure', 'keys']), fromMs: z.number(), toMs: z.number() }))
                .describe('The caller is left out: digits were collected in secret, or keys pressed.'),
            })
            .nullable()
            .describe('Null: it goes on, or its process was killed.'),
        }),
      )
      .describe('Parts of the recording. Their sound is at `/calls/{id}/recording` of the machine that has it.'),
  })
  .meta({ id: 'Call' });

/** Which calls. */
export const callQuery = z.strictObject({
  limit: limitParameter,
  cursor: cursorParameter,
  format: formatParameter,
  ...periodParameters,
  line: textParameter('Calls of this line.'),
  agent: textParameter('Calls in which this agent had the caller.'),
  answeredBy: textParameter('Calls that this agent answered.'),
  endedWith: textParameter('Calls that were handed over to this agent in the end, who did not hand them on or back.'),
  category: textParameter('Calls about this, however it is spelt; `uncategorised`: about nothing that was found.'),
  contained: yesOrNoParameter('Whether no person was needed.'),
  resolved: wordParameter(
    ['yes', 'no', 'unknown'],
    'Whether the problem was solved, as the newest word of caller, tool and person says.',
  ),
  callerConfirmed: yesOrNoParameter('Whether the caller said that it is solved, or said that it is not.'),
  toolVerified: yesOrNoParameter('Whether a tool saw that it is solved, or saw that it is not.'),
  handedOff: yesOrNoParameter('Whether an agent handed the caller to another.'),
  transferred: yesOrNoParameter('Whether a person took the caller.'),
  callbackAsked: yesOrNoParameter('Whether the caller wished to be called back.'),
  askedAgain: yesOrNoParameter('Whether an agent asked for what was known.'),
  abandoned: yesOrNoParameter('Whether the caller hung up while the next agent was on its way.'),
  repeated: yesOrNoParameter(
    'true: the caller called again about it, so far. false: they did not, and the day of the call is seven days ago. Of calls whose caller is known.',
  ),
  turnedAway: yesOrNoParameter('Whether agents did not take it.'),
  endReason: textParameter('How it ended.'),
  solvedBy: textParameter('The agent or person who solved it.'),
  tool: textParameter('Calls in which this tool was used.'),
  toolStatus: wordParameter(toolStatuses, 'How a use of a tool ended: of that tool, where one is named.'),
  person: textParameter('Calls in which this person was asked for.'),
  personTook: yesOrNoParameter('Whether a person took the caller: that one, where one is named.'),
  personOutcome: textParameter('What came of asking for a person: that one, where one is named.'),
});

/** As a program asks: the list may be a file. */
export const callListQuery = callQuery.extend({ separator: separatorParameter });

export const recentQuery = z.strictObject({ limit: limitParameter });
export const noQuery = z.strictObject({});
