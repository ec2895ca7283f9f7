import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { tool } from '../../../agents/definition.ts';
import { supportLine } from '../../../agents/line.ts';
import { toolDeclarations } from '../../../agents/tools/built-in.ts';
import { decideTool } from '../../../agents/tools/decide-tool.ts';

const input = z.object({ id: z.string(), count: z.number().min(0).optional() });
const lookUp = tool({ description: 'Look up.', input, effect: 'reads', run: () => 1 });
const pay = tool({ description: 'Pay.', input, effect: 'irreversible', run: () => 1 });
const search = tool({ description: 'Search.', input: z.looseObject({}), effect: 'reads', run: () => 1 });
const store = tool({ description: 'Store.', input: z.looseObject({}), effect: 'writes', run: () => 1 });
const builder = supportLine({ userState: z.object({ accountTier: z.enum(['Free', 'Pro']) }).partial() });
const about = { voice: 'marin', instructions: 'Help.' };
const line = builder.team(
  {
    support: builder.agent({
      ...about,
      tools: { lookUp, pay, search, store },
      handoffs: { technical: 'SDK errors', human: 'the caller asks' },
    }),
    technical: builder.agent({ ...about, accepts: z.object({ symptom: z.string() }), handoffs: { support: 'else' } }),
  },
  { start: 'support', humans: { human: {} } },
);
const agentOf = (name: string) => {
  const agent = line.agents.get(name);
  if (agent === undefined) throw new Error(name);
  return agent;
};
const decide = (name: string, args: unknown, { agent = 'support', known = {} } = {}) =>
  decideTool(agentOf(agent), line, { name, arguments: typeof args === 'string' ? args : JSON.stringify(args), known });

test("an agent's own tool runs with checked arguments", () => {
  expect(decide('lookUp', { id: 'a' })).toMatchObject({ kind: 'run', name: 'lookUp', tool: lookUp, arguments: { id: 'a' } });
});

describe('what a target accepts', () => {
  const transfer = (args: object, known: object) => decide('transfer_to_technical', { reason: 'r', ...args }, { known });

  test('is filled with what is known, so that a model that left it out hands over all the same', () => {
    expect(transfer({}, {})).toMatchObject({ kind: 'answer', output: expect.stringContaining('symptom') });
    expect(transfer({}, { symptom: '401', other: 1 })).toMatchObject({ kind: 'handoff', arguments: { symptom: '401' } });
  });

  test('but what the model says counts, and what does not fit fills nothing', () => {
    expect(transfer({ symptom: '403' }, { symptom: '401' })).toMatchObject({ arguments: { symptom: '403' } });
    expect(transfer({}, { symptom: 401 })).toMatchObject({ kind: 'answer' });
    expect(transfer({}, Object.create({ symptom: '401' }))).toMatchObject({ kind: 'answer' });
  });
});

test('unknown fields are dropped for a reader and refused for what changes something', () => {
  expect(decide('lookUp', { id: 'a', dryRun: true })).toMatchObject({ kind: 'run', arguments: { id: 'a' } });
  expect(decide('pay', { id: 'a', dryRun: true })).toMatchObject({
    kind: 'answer',
    output: expect.stringContaining('dryRun'),
  });
});

test('a tool whose input is open gets all fields', () => {
  for (const name of ['search', 'store'])
    expect(decide(name, { any: 1 })).toMatchObject({ kind: 'run', arguments: { any: 1 } });
});

describe('what cannot be acted on is answered with a typed error', () => {
  test.each<[string, string, unknown, string]>([
    ['unknown tool', 'format_disk', {}, 'unknown-tool'],
    ['not JSON', 'lookUp', '{"id":', 'bad-arguments'],
    ['not an object', 'lookUp', '[1]', 'bad-arguments'],
    ['null', 'lookUp', 'null', 'bad-arguments'],
    ['number as string', 'lookUp', { id: 'a', count: '1' }, 'bad-arguments'],
    ['negative amount', 'lookUp', { id: 'a', count: -1 }, 'bad-arguments'],
    ['out of range number', 'lookUp', '{"id":"a","count":1e999}', 'bad-arguments'],
    ['missing field', 'lookUp', {}, 'bad-arguments'],
    ['no arguments at all', 'lookUp', '', 'bad-arguments'],
    ['prototype', 'lookUp', '{"id":"a","__proto__":{"admin":true}}', 'bad-arguments'],
    ['constructor, deep', 'lookUp', '{"id":"a","x":[{"constructor":1}]}', 'bad-arguments'],
    ['nested deeper than 32', 'lookUp', `{"id":"a","x":${'['.repeat(33)}${']'.repeat(33)}}`, 'bad-arguments'],
    ['nested 8,000 deep', 'lookUp', '['.repeat(8_000) + ']'.repeat(8_000), 'bad-arguments'],
    ['1 MB', 'lookUp', { id: 'x'.repeat(1_000_000) }, 'bad-arguments'],
    ['a target of another agent', 'transfer_to_support', { reason: 'r' }, 'unknown-tool'],
    ['a target that does not exist', 'transfer_to_admin', { reason: 'r' }, 'unknown-tool'],
    ['what the target needs is missing', 'transfer_to_technical', { reason: 'r' }, 'bad-arguments'],
    ['a bad outcome', 'note_attempt', { solution: 'x', outcome: 'maybe' }, 'bad-arguments'],
    ['a fact without a name', 'remember', { key: '!!', value: 'x' }, 'bad-arguments'],
    ['a fact named __proto__', 'remember', { key: '__proto__x', value: {} }, 'bad-arguments'],
    ['a well-known fact of the wrong type', 'remember', { key: 'accountTier', value: 'Diamond' }, 'bad-arguments'],
    ['a prototype as a name', '__proto__', {}, 'unknown-tool'],
  ])('%s', (...[, name, args, code]) => {
    const decision = decide(name, args);
    expect(decision.kind).toBe('answer');
    expect(JSON.parse(decision.kind === 'answer' ? decision.output : '')).toMatchObject({ error: { code } });
  });
});

describe('built-in tools', () => {
  test.each<[string, unknown, object]>([
    [
      'remember',
      { key: 'Account ID', value: 'A-7' },
      { type: 'fact-learned', key: 'accountId', value: 'A-7', source: 'caller', verified: false },
    ],
    [
      'remember',
      { key: 'accountTier', value: 'Pro' },
      { type: 'fact-learned', key: 'accountTier', value: 'Pro', verified: false },
    ],
    ['remember', { key: 'seats', value: 5 }, { type: 'fact-learned', key: 'seats', value: 5 }],
    [
      'note_attempt',
      { solution: 'Reset', outcome: 'failed' },
      { type: 'solution-tried', solution: 'Reset', outcome: 'failed' },
    ],
    ['note_sentiment', { sentiment: 'Frustrated' }, { type: 'sentiment-noticed', sentiment: 'frustrated' }],
    ['classify_issue', { category: 'API key' }, { type: 'issue-classified', category: 'API key' }],
  ])('%s %j', (name, args, fact) => {
    expect(decide(name, args)).toMatchObject({ kind: 'note', facts: [fact] });
  });

  test('long, hidden and secret text is cut and cleaned, not refused', () => {
    const decision = decide('remember', {
      key: 'note',
      value: `\u202Eevil\u0007 sk-${'a'.repeat(30)} ${'x'.repeat(10_000)}`,
    });
    const [fact] = decision.kind === 'note' ? decision.facts : [];
    expect(fact).toMatchObject({ value: expect.stringMatching(/^evil \[redacted\] x{400,}…$/) });
  });

  test.each([
    [
      { resolved: true, reason: 'solved' },
      { resolved: true, reason: 'solved' },
    ],
    [{}, { resolved: null, reason: 'done' }],
  ])('end_call %j', (args, ending) => {
    expect(decide('end_call', args)).toEqual({ kind: 'end-call', ...ending });
  });

  test('asking for the context again is harmless', () => {
    expect(decide('get_call_context', {})).toMatchObject({ kind: 'answer', output: expect.stringContaining('already') });
  });
});

describe('transfers', () => {
  test('carry the reason, whether the caller asked, and what the target accepts and no more', () => {
    const args = { reason: 'Still 401', caller_asked: true, symptom: '401', extra: 'x' };
    expect(decide('transfer_to_technical', args)).toEqual({
      kind: 'handoff',
      to: 'technical',
      reason: 'Still 401',
      callerAsked: true,
      arguments: { symptom: '401' },
    });
  });

  test('a reason that the model left out costs the caller nothing', () => {
    expect(decide('transfer_to_human', {})).toEqual({
      kind: 'handoff',
      to: 'human',
      reason: 'not said',
      callerAsked: false,
      arguments: {},
    });
  });
});

test('declarations: own tools, built-ins, one transfer per target, as JSON Schema', () => {
  const tools = toolDeclarations(agentOf('support'), line);
  expect(tools.map(({ name }) => name)).toEqual([
    'lookUp',
    'pay',
    'search',
    'store',
    'remember',
    'note_attempt',
    'note_sentiment',
    'classify_issue',
    'recall',
    'end_call',
    'transfer_to_technical',
    'transfer_to_human',
  ]);
  const transfer = tools.find(({ name }) => name === 'transfer_to_technical');
  expect(transfer?.description).toMatch(/SDK errors.*say one short line/);
  expect(transfer?.parameters).toMatchObject({
    type: 'object',
    properties: { symptom: { type: 'string' }, reason: { type: 'string' }, caller_asked: { type: 'boolean' } },
    required: ['symptom', 'reason'],
  });
  expect(tools.find(({ name }) => name === 'transfer_to_human')?.parameters).toMatchObject({
    properties: { reason: { type: 'string', description: expect.stringContaining('what was tried') } },
    required: ['reason'],
  });
  expect(tools.every(({ description, parameters }) => description !== '' && parameters['type'] === 'object')).toBe(true);
  expect(JSON.stringify(tools)).not.toContain('$schema');
});
