import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createLine } from '../../agents/acme/line.ts';
import { checkLine, longestInstructions } from '../../agents/check-line.ts';
import { type AgentDefinition, type HumanDefinition, type LineDefinition, tool } from '../../agents/definition.ts';
import { requireLine } from '../../agents/line.ts';
import { ThroughlineError } from '../../infra/errors.ts';

const reads = tool({ description: 'Look up.', input: z.object({}), effect: 'reads', run: () => 1 });
const agent = (name: string, changes: Partial<AgentDefinition> = {}): AgentDefinition => ({
  name,
  voice: 'marin',
  instructions: 'Help.',
  greeting: undefined,
  expertise: [],
  accepts: undefined,
  tools: new Map(),
  handoffs: new Map(),
  ...changes,
});
const lineOf = (agents: readonly AgentDefinition[], changes: Partial<LineDefinition> = {}): LineDefinition => ({
  name: 'test',
  start: 'support',
  language: undefined,
  agents: new Map(agents.map((each) => [each.name, each])),
  humans: new Map(),
  callbacks: false,
  userState: undefined,
  questions: new Map(),
  route: undefined,
  intake: undefined,
  ...changes,
});
const only = (changes: Partial<AgentDefinition>) => lineOf([agent('support', changes)]);
const people = (...entries: [string, HumanDefinition][]) => ({ humans: new Map(entries) });
const untypedLine = (changes: object): Partial<LineDefinition> => changes;
/** What a JavaScript user can write although the types forbid it. */
const untyped = (value: unknown): unknown => value;

const takes = (shape: object, more: object = {}) =>
  lineOf(
    [agent('support')],
    untypedLine({ intake: { accepts: z.object({ ...shape }), facts: () => ({}), verified: new Set(), ...more } }),
  );
const text = z.string();
const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`field${index}`, text]));

describe('what a line takes from an IVR', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['no schema', lineOf([agent('support')], untypedLine({ intake: { accepts: {} } })), 'intake.accepts', /not a schema/],
    ['nothing', lineOf([agent('support')], untypedLine({ intake: null })), 'intake.accepts', /not a schema/],
    [
      'a field that is no schema',
      takes({ a: text }, { accepts: { shape: { a: 1 }, safeParse() {} } }),
      'intake.accepts.a',
      /not a schema/,
    ],
    ['facts that are none', takes({ a: text }, { facts: {} }), 'intake.facts', /function/],
    ['verified as one name', takes({ a: text }, { verified: 'a' }), 'intake.verified', /list of names/],
    ['21 fields', takes(many), 'intake.accepts', /21 fields; at most 20/],
    ['a name with a space', takes({ 'account id': text }), 'intake.accepts.account id', /bad name/],
    [
      'two names that are one',
      takes({ accountId: text, account_id: text }),
      'intake.accepts.accountId',
      /can't be told from account_id/,
    ],
    ['a name of every object', takes({ constructor: text }), 'intake.accepts.constructor', /every object/],
    ['the key', takes({ intake: text }), 'intake.accepts.intake', /key that POST/],
    ['part of a stream', takes({ intake3: text }), 'intake.accepts.intake3', /key that POST/],
    ['a header of fields', takes({ user_to_user: text }), 'intake.accepts.user_to_user', /SIP header/],
    ...['from', 'To', 'callSid', 'account_sid', 'CallerName', 'fromCity', 'SipDomain', 'stirVerstat', 'token', 'nonce'].map(
      (name): [string, unknown, string, RegExp] => [name, takes({ [name]: text }), `intake.accepts.${name}`, /there anyway/],
    ),
  ])('%s', (...[, line, path, reason]) => {
    const { problems } = checkLine(line);
    expect(problems.map((problem) => problem.path)).toContain(path);
    expect(problems.find((problem) => problem.path === path)?.reason).toMatch(reason);
  });

  test('what a Gather got from the caller may be a field', () => {
    expect(checkLine(takes({ digits: text, speechResult: text, accountId: text })).problems).toEqual([]);
  });
});

describe('a bad line is refused with path and reason', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['nothing', undefined, 'line', /not a line/],
    ['something else', { agents: {} }, 'line', /not a line/],
    ['no agents', lineOf([]), 'agents', /empty/],
    ['unknown start', lineOf([agent('support')], { start: 'suport' }), 'start', /"suport".*support/],
    ['bad language', lineOf([agent('support')], { language: 'English!' }), 'language', /BCP 47/],
    [
      'questions that are text',
      lineOf([agent('support')], untypedLine({ questions: new Map([['id', ['id']]]) })),
      'questions.id',
      /regular/,
    ],
    [
      'questions of another kind',
      lineOf([agent('support')], untypedLine({ questions: { id: [/id/] } })),
      'questions',
      /by fact key/,
    ],
    ['a route that is a name', lineOf([agent('support')], untypedLine({ route: 'support' })), 'route', /function/],
    ['no questions', lineOf([agent('support')], untypedLine({ questions: undefined })), 'questions', /supportLine/],
    [
      'a question with a memory',
      lineOf([agent('support')], { questions: new Map([['id', [/id/g]]]) }),
      'questions.id',
      /flag g or y/,
    ],
    ['handoff to oneself', only({ handoffs: new Map([['support', 'me']]) }), 'agents.support.handoffs.support', /itself/],
    [
      'handoff to nobody',
      only({ handoffs: new Map([['technicl', 'SDK']]) }),
      'agents.support.handoffs.technicl',
      /neither an agent/,
    ],
    [
      'handoff without a description',
      lineOf([agent('support', { handoffs: new Map([['human', ' ']]) })], people(['human', {}])),
      'agents.support.handoffs.human',
      /when to hand over/,
    ],
    ['empty instructions', only({ instructions: ' \n' }), 'agents.support.instructions', /empty/],
    [
      'huge instructions',
      only({ instructions: 'x'.repeat(1_000_000) }),
      'agents.support.instructions',
      /1000000 characters/,
    ],
    ['bad voice', only({ voice: 'morgan' }), 'agents.support.voice', /"morgan" is no voice/],
    ['cyrillic look-alike', lineOf([agent('support'), agent('suppоrt')]), 'agents.suppоrt', /U\+043E/],
    [
      'names alike but for case',
      lineOf([agent('support'), agent('Support')]),
      'agents.Support',
      /mistaken for agents\.support/,
    ],
    ['names alike but for 1 and l', lineOf([agent('support'), agent('bil1'), agent('bill')]), 'agents.bill', /mistaken/],
    ['a person named like an agent', lineOf([agent('support')], people(['support', {}])), 'humans.support', /mistaken/],
    [
      'a name that is too long',
      lineOf([agent('support'), agent('a'.repeat(41))]),
      `agents.${'a'.repeat(41)}`,
      /40 characters/,
    ],
    [
      'unknown tool',
      untyped(only({ tools: new Map([['x', untyped(undefined)]]) as never })),
      'agents.support.tools.x',
      /unknown/,
    ],
    [
      'tool named like a built-in',
      only({ tools: new Map([['remember', reads]]) }),
      'agents.support.tools.remember',
      /built-in/,
    ],
    [
      'tool named like a transfer',
      only({ tools: new Map([['transfer_to_x', reads]]) }),
      'agents.support.tools.transfer_to_x',
      /built-in/,
    ],
    [
      'tool without a description',
      only({ tools: new Map([['x', { ...reads, description: '' }]]) }),
      'agents.support.tools.x.description',
      /empty/,
    ],
    [
      'tool without time',
      only({ tools: new Map([['x', { ...reads, timeoutMs: Number.NaN }]]) }),
      'agents.support.tools.x.timeoutMs',
      /between/,
    ],
    [
      'accepts a reserved field',
      only({ accepts: z.object({ reason: z.string() }) }),
      'agents.support.accepts.reason',
      /another name/,
    ],
    [
      'an agent that is none',
      lineOf([agent('support')], { agents: new Map([['support', untyped(null)]]) as never }),
      'agents.support',
      /not an agent/,
    ],
    ['a voice that is no text', only({ voice: 7 as never }), 'agents.support.voice', /type number is no voice/],
    ['accepts no schema', only({ accepts: {} as never }), 'agents.support.accepts', /not a schema/],
    [
      'tool without a schema',
      only({ tools: new Map([['x', { ...reads, input: {} as never }]]) }),
      'agents.support.tools.x.input',
      /not a schema/,
    ],
    [
      'tool with an effect that is none',
      only({ tools: new Map([['x', { ...reads, effect: 'maybe' as never }]]) }),
      'agents.support.tools.x.effect',
      /reads, writes, irreversible/,
    ],
    ['a person that is none', lineOf([agent('support')], people(['human', null as never])), 'humans.human', /not a person/],
    [
      'a getter that throws',
      {
        get agents() {
          throw new Error('oh');
        },
      },
      'line',
      /can't be read: oh/,
    ],
    ['bad number', lineOf([agent('support')], people(['human', { number: '0900-SEX' }])), 'humans.human.number', /E\.164/],
  ])('%s', (...[, line, path, reason]) => {
    const { problems } = checkLine(line);
    expect(problems).toContainEqual({ path, reason: expect.stringMatching(reason) });
  });
});

test('good lines pass: the example, cycles, people, custom voices, the longest instructions', () => {
  const there = agent('support', {
    handoffs: new Map([
      ['technical', 'SDK'],
      ['human', 'asks'],
    ]),
  });
  const back = agent('technical', {
    voice: 'voice_abc123',
    instructions: 'x'.repeat(longestInstructions),
    handoffs: new Map([['support', 'else']]),
  });
  expect(
    checkLine(lineOf([there, back], { ...people(['human', { number: '+4930123456' }]), language: 'de-AT' })).problems,
  ).toEqual([]);
  expect(checkLine(createLine({ backOfficeUrl: undefined })).problems).toEqual([]);
});

test('all problems are told at once, and requireLine throws them', () => {
  const bad = only({ voice: 'x', instructions: '' });
  expect(checkLine(bad).problems).toHaveLength(2);
  expect(() => requireLine(bad)).toThrow(ThroughlineError);
  expect(() => requireLine(bad)).toThrow(/agents\.support\.instructions: is empty[\s\S]*agents\.support\.voice/);
  const good = only({});
  expect(requireLine(good)).toBe(good);
});
