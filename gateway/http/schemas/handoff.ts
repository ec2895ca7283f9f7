import { z } from 'zod';
import {
  callIdParameter,
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
const figure = z.number().nullable();
const outcomes = ['committed', 'refused', 'failed'] as const;
const triggers = ['caller-asked', 'attempts-failed', 'expertise', 'agent-judgement'] as const;

/** One handoff. */
export const handoffSchema = z
  .object({
    id: text,
    callId: text,
    term: z.int(),
    epoch: z.int().nullable().describe('Null: it was refused before a session was opened.'),
    line: text,
    from: text,
    to: text,
    cause: z.enum(['answer', 'handoff', 'rotation', 'session-lost', 'resume', 'return']),
    trigger: z.enum(triggers).nullable(),
    reason: text,
    category: text.nullable(),
    sentiment: text.nullable(),
    attempts: z.array(z.object({ solution: text, outcome: text })),
    outcome: z.enum(outcomes),
    why: text.nullable().describe('Why it was refused or failed.'),
    requestedAt: time,
    decidedAt: time,
    configuredMs: figure,
    firstAudioMs: figure.describe('From the request to the first sound of the next agent.'),
    helpfulMs: figure.describe(
      'From the request to the first thing the next agent said that was no question for what is known.',
    ),
    switchMs: figure.describe('From the request until the caller was the next agent’s.'),
    foreseen: z.boolean().nullable().describe('Whether the next session was open before the request.'),
    silenceMs: figure.describe('Silence that the caller heard at the switch.'),
    keptMs: figure.describe('The caller’s speech that was kept for the next agent.'),
    bundleBytes: figure,
    briefingTokens: figure,
    factsCarried: figure,
    leftOut: z.array(text),
    judgedBy: z.enum(['rules', 'model']).nullable(),
    acknowledged: z
      .object({ issue: z.boolean(), finding: z.boolean().nullable(), feeling: z.boolean().nullable() })
      .nullable()
      .describe('What the next agent’s first words named.'),
    askedAgain: z.array(z.object({ field: text, sentence: text })),
    handedBack: z.boolean().nullable(),
    resolved: z.boolean().nullable(),
  })
  .meta({ id: 'HandoffRecord', description: 'One handoff between agents. Times are UTC; what is not known is null.' });

export const handoffListSchema = z
  .object({
    handoffs: z.array(handoffSchema),
    next: text.nullable().describe('The cursor of the next page; null: this was the last.'),
  })
  .meta({ id: 'HandoffList' });

/** Which handoffs. */
export const handoffQuery = z.strictObject({
  limit: limitParameter,
  cursor: cursorParameter,
  format: formatParameter,
  ...periodParameters,
  line: textParameter('Handoffs of this line.'),
  pairFrom: textParameter('Handoffs of this agent.'),
  pairTo: textParameter('Handoffs to this agent.'),
  category: textParameter('Handoffs about this, however it is spelt; `uncategorised`: about nothing that was found.'),
  outcome: wordParameter(outcomes, 'What came of them.'),
  trigger: wordParameter(triggers, 'What made them come about.'),
  carriedAll: yesOrNoParameter('Whether the briefing carried all that was known.'),
  askedAgain: yesOrNoParameter('Whether the next agent asked for what was known.'),
  handedBack: yesOrNoParameter('Whether the caller was back with the old agent within two minutes.'),
  callId: callIdParameter,
});

/** As a program asks: the list may be a file. */
export const handoffListQuery = handoffQuery.extend({ separator: separatorParameter });
