import { z } from 'zod';
import type { ContextFact, Json } from '../../store/context/event.ts';
import type { AgentDefinition, HumanDefinition, KeyRange, LineDefinition, ToolDefinition } from '../definition.ts';
import type { RecallRequest } from '../handoff/recall.ts';
import { whyNotDialable } from '../phone-number.ts';
import type { ToolDeclaration } from '../session.ts';
import { cleanText } from './safe-json.ts';

/** What the model gets back for a note: short, because it stays in the conversation. */
const noted = '{"noted":true}';

/** What a built-in tool does. The parts that need nothing but their arguments; transfers are in `decide-tool.ts`. */
export type BuiltInDecision =
  /** Write these down; give `output` to the model. */
  | { readonly kind: 'note'; readonly facts: readonly ContextFact[]; readonly output: string }
  | { readonly kind: 'end-call'; readonly resolved: boolean | null; readonly reason: string }
  /** Look this up in what is known of the call. */
  | { readonly kind: 'recall'; readonly request: RecallRequest }
  /** Nothing to do but to tell the model this. */
  | { readonly kind: 'answer'; readonly output: string };

export interface BuiltIn {
  readonly description: string;
  readonly input: z.ZodObject;
  /** `args` must already be valid for `input`. */
  decide(args: Json, line: LineDefinition): BuiltInDecision;
}

/** Binds an input's type to its decision and forgets it. */
const builtIn = <Input extends z.ZodObject>(spec: {
  readonly description: string;
  readonly input: Input;
  decide(args: z.output<Input>, line: LineDefinition): BuiltInDecision;
}): BuiltIn => ({
  description: spec.description,
  input: spec.input,
  decide: (args, line) => spec.decide(spec.input.parse(args), line),
});

const note = (fact: ContextFact): BuiltInDecision => ({ kind: 'note', facts: [fact], output: noted });

/** One short text. Longer ones are cut, not refused: a note must not cost the caller a turn. */
const shortText = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .transform((text) => cleanText(text, longest))
    .pipe(z.string().min(1));

/** "Account ID" and "account_id" are both `accountId`. Empty when nothing is left. */
const factKey = (text: string): string =>
  text
    .slice(0, 64)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word, index) => (index === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + rest(word))
    .join('');

const rest = (word: string): string => (/^[A-Z0-9]+$/.test(word) ? word.slice(1).toLowerCase() : word.slice(1));

/** The error form of every tool output: a stable code and what the model can do about it. */
export const toolError = (code: string, message: string): string => JSON.stringify({ error: { code, message } });

/** The caller's word, so never verified. A well-known fact must fit the line's `userState`. */
const remembered = (
  args: { readonly key: string; readonly value: string | number | boolean },
  line: LineDefinition,
): BuiltInDecision => {
  const key = factKey(args.key);
  const value = typeof args.value === 'string' ? cleanText(args.value, 500) : args.value;
  if (key === '' || key === 'constructor' || key === 'prototype') {
    return { kind: 'answer', output: toolError('bad-arguments', 'key: use a short English name such as accountId') };
  }
  const shape = line.userState?.shape;
  const type = shape !== undefined && Object.hasOwn(shape, key) ? shape[key] : undefined;
  if (type !== undefined && !z.safeParse(type, value).success) {
    return { kind: 'answer', output: toolError('bad-arguments', `value: does not fit what this line knows as ${key}`) };
  }
  return note({ type: 'fact-learned', key, value, source: 'caller', verified: false });
};

/** The tools that every agent has, by name. */
export const builtIns: ReadonlyMap<string, BuiltIn> = new Map([
  [
    'remember',
    builtIn({
      description:
        'Write down a fact the caller told you (a name, an order number, what they use), so that nobody asks again. Call it silently.',
      input: z.object({
        key: z.string().describe('Short English name of the fact in camelCase, for example accountId'),
        value: z.union([z.string().min(1), z.number(), z.boolean()]),
      }),
      decide: remembered,
    }),
  ],
  [
    'note_attempt',
    builtIn({
      description: 'Write down a solution that was tried and how it went, as soon as you know. Call it silently.',
      input: z.object({
        solution: shortText(300).describe('What was tried, for example: Reset API key'),
        outcome: z.enum(['worked', 'failed', 'unknown']),
      }),
      decide: ({ solution, outcome }) => note({ type: 'solution-tried', solution, outcome }),
    }),
  ],
  [
    'note_sentiment',
    builtIn({
      description: 'Write down how the caller feels when it changes. Call it silently.',
      input: z.object({
        sentiment: shortText(60).describe('One word: calm, pleased, confused, worried, frustrated, angry'),
      }),
      decide: ({ sentiment }) => note({ type: 'sentiment-noticed', sentiment: sentiment.toLowerCase() }),
    }),
  ],
  [
    'classify_issue',
    builtIn({
      description: 'Write down what the call is about, once you know. Call it silently.',
      input: z.object({ category: shortText(100).describe('A few words, for example: API key') }),
      decide: ({ category }) => note({ type: 'issue-classified', category }),
    }),
  ],
  [
    'recall',
    builtIn({
      description:
        'Look up what was said, looked up or tried earlier in this call, when get_call_context says that it was cut or left out. Never ask the caller for it.',
      input: z.object({
        about: shortText(200).describe("A tool's name, or a few words of what was said or found"),
        part: z.number().int().min(1).max(100).default(1).describe('Of a long result'),
      }),
      decide: (request) => ({ kind: 'recall', request }),
    }),
  ],
  [
    'end_call',
    builtIn({
      description: 'Hang up. Only when the caller is done and you have said good-bye in this same response.',
      input: z.object({
        resolved: z.boolean().nullable().default(null).describe("Whether the caller's problem is solved; null if unknown"),
        reason: shortText(300).default('done').describe('Why the call ends'),
      }),
      decide: ({ resolved, reason }) => ({ kind: 'end-call', resolved, reason }),
    }),
  ],
  [
    'get_call_context',
    builtIn({
      description: '',
      input: z.object({}),
      decide: () => ({
        kind: 'answer',
        output: '{"note":"The call context is already in this conversation. Go on with it."}',
      }),
    }),
  ],
]);

/** For lines whose people call back. */
export const callbackTool: BuiltIn = builtIn({
  description:
    'Write down that the caller wants to be called back, once they have said when. Nobody is called by it now: say that a colleague will call.',
  input: z.object({
    when: shortText(100).describe('In the words of the caller, for example: tomorrow morning'),
    reason: shortText(300).describe('What it is about'),
    number: z
      .string()
      .regex(/^\+[1-9]\d{6,14}$/, 'must be a number with its country code, for example +4930123456')
      .optional()
      .describe('Only if it is not the number that is calling'),
  }),
  decide({ when, reason, number = '' }) {
    // Whoever calls back pays for the call.
    const why = number === '' ? undefined : whyNotDialable(number);
    if (why === undefined) return note({ type: 'callback-requested', number, when, reason });
    const words = `That number can't be called back: it ${why}. Say so, and ask for another.`;
    return { kind: 'answer', output: toolError('not-dialable', words) };
  },
});

export const transferPrefix = 'transfer_to_';

const transferReason = shortText(500).describe('Why, with what is wrong and what was tried');

const transferInput = z.object({
  reason: transferReason.default('not said'),
  caller_asked: z.boolean().default(false).describe('Whether the caller asked for this'),
});

/** What `transfer_to_<target>` takes: the reason, whether the caller wanted it, and what the target accepts. */
export const transferSchema = (target: AgentDefinition | undefined): typeof transferInput =>
  target?.accepts === undefined ? transferInput : z.object({ ...target.accepts.shape, ...transferInput.shape });

/** What the model is told that it takes. The reason is required here only: a caller must not wait because a model left it out. */
const declaredTransfer = (target: AgentDefinition | undefined): z.ZodObject =>
  transferSchema(target).extend({ reason: transferReason });

const objectSchema = z.record(z.string(), z.json());

/** JSON Schema of what a tool takes. */
const parametersOf = (input: z.ZodObject): { readonly [key: string]: Json } => {
  const { $schema: _, ...schema } = objectSchema.parse(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }));
  return schema;
};

const declare = (name: string, description: string, input: z.ZodObject): ToolDeclaration => ({
  name,
  description,
  parameters: parametersOf(input),
});

const transferDescription = (target: string, when: string): string =>
  `Hand the caller over to ${target}. When: ${when}. First say one short line to the caller that you are bringing in ${target}, then ` +
  'call this in the same response. Nothing is asked twice: everything known goes along.';

/** To the model a person is a specialist who has to be rung first. */
const personDescription = (target: string, when: string, human: HumanDefinition): string =>
  `Bring ${human.description ?? target}, a person, on the line. When: ${when}. ` +
  (human.queue === undefined && human.way !== 'cold'
    ? 'The caller stays with you while they are called, and you are told how it went. '
    : 'First say one short line to the caller that you are putting them through, then call this in the same response: the caller leaves you then. ') +
  'Give the reason in one or two sentences: the person hears it.';

const declaredHandoff = (line: LineDefinition, target: string, when: string): ToolDeclaration => {
  const human = line.humans.get(target);
  const description = human === undefined ? transferDescription(target, when) : personDescription(target, when, human);
  return declare(`${transferPrefix}${target}`, description, declaredTransfer(line.agents.get(target)));
};

const digitsInWords = ({ min, max }: KeyRange): string => (min === max ? `${min} digits` : `${min} to ${max} digits`);

/** Callers enter digits as soon as they are asked to, so the call must come with the words. */
const captureNote = (collects: KeyRange): string =>
  ` The caller enters ${digitsInWords(collects)} on the keypad; you never see them. Ask for them in one short sentence (to end with the pound key, ` +
  'to start again with the star key) and call this in the same response, then be silent until the result. Never have them spoken.';

/** The caller leaves as soon as it is called, so the words must come before. */
const paymentNote =
  ' The caller pays by card on the keypad, in a secure part of the line where you hear nothing, and comes back to you; you are told what came of it. Ask whether they want that first. ' +
  'Then say one short line, that you are putting them through to the secure payment and that the star key cancels it, and call this in the same response. ' +
  'Never ask for a card number, and stop a caller who starts to say one. The system decides the amount.';

const descriptionOf = ({ description, collects, pays }: ToolDefinition): string =>
  `${description}${collects === undefined ? '' : captureNote(collects)}${pays === undefined ? '' : paymentNote}`;

/** All tools of an agent as the model sees them: its own, the built-in ones, and one per handoff. */
export const toolDeclarations = (agent: AgentDefinition, line: LineDefinition): readonly ToolDeclaration[] => [
  ...[...agent.tools].map(([name, tool]) => declare(name, descriptionOf(tool), tool.input)),
  ...[...builtIns]
    .filter(([name]) => name !== 'get_call_context')
    .map(([name, { description, input }]) => declare(name, description, input)),
  ...(line.callbacks ? [declare('request_callback', callbackTool.description, callbackTool.input)] : []),
  ...[...agent.handoffs].map(([target, when]) => declaredHandoff(line, target, when)),
];
