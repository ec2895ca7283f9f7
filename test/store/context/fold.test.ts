import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallId, epoch, parseCallId, term, wallTime } from '../../../infra/brand.ts';
import { emptyBundle } from '../../../store/context/bundle.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';
import { foldCall, foldEvent } from '../../../store/context/fold.ts';
import { committed } from '../committed.ts';

const callId = parseCallId(`CA${'0'.repeat(32)}`) as CallId;

/** Numbers facts 1…n in the order given; `at` is each one's own, in seconds. */
const events = (...facts: readonly (readonly [at: number, fact: ContextFact])[]): ContextEvent[] =>
  facts.map(([at, fact], index) => ({ ...fact, seq: index + 1, term: term(1), at: wallTime(at * 1_000) }));

const fold = (...facts: readonly (readonly [number, ContextFact])[]) => foldCall(callId, events(...facts));

const callerSaid = (turn: string, text: string | null): ContextFact => ({ type: 'caller-said', turn, text });
const agentSaid = (item: string, text: string, agent = 'support'): ContextFact => ({
  type: 'agent-said',
  item,
  agent,
  text,
  heardText: text,
  saidMs: 100,
  heardMs: 100,
});
const bound = (agent: string, cause: 'answer' | 'handoff' | 'resume' = 'answer'): ContextFact => ({
  type: 'bound',
  agent,
  epoch: epoch(1),
  cause,
});
const requested = (from: string, to: string, number = 2): ContextFact => ({
  type: 'handoff-requested',
  epoch: epoch(number),
  from,
  to,
  reason: 'still 401',
  trigger: 'expertise',
});
const handedOver = (from: string, to: string, number = 2): ContextFact => committed(number, { from, to });
const fact = (value: string, source: 'tool' | 'caller', verified: boolean): ContextFact => ({
  type: 'fact-learned',
  key: 'accountTier',
  value,
  source,
  verified,
});

describe('keys', () => {
  const keys = (digits: string, ended: 'pound' | 'pause' = 'pound'): ContextFact => ({
    type: 'keys-entered',
    digits,
    ended,
  });

  test('stand among what was said, and the newest digits are a fact that nobody verified', () => {
    const { messages, facts } = fold(
      [0, bound('support')],
      [1, agentSaid('a1', 'Your order number?')],
      [2, keys('12')],
      [4, keys('34', 'pause')],
      [3, callerSaid('t1', 'Wait')],
    );
    expect(messages.map(({ role, content }) => `${role} ${content}`)).toEqual([
      'assistant Your order number?',
      'user (entered 12 on the keypad)',
      'user Wait',
      'user (entered 34 on the keypad)',
    ]);
    expect(facts).toMatchObject([{ key: 'keyedDigits', value: '34', source: 'caller', verified: false }]);
  });

  test('# or * alone are told and are no digits', () => {
    const { messages, facts } = fold([0, bound('support')], [1, keys('')], [2, keys('', 'pause')]);
    expect(messages.map(({ content }) => content)).toEqual(['(pressed # on the keypad)', '(pressed * on the keypad)']);
    expect(facts).toEqual([]);
  });

  test('of the same moment are told each', () => {
    expect(fold([1, keys('1')], [1, keys('1')]).messages).toHaveLength(2);
  });

  test('as older nodes wrote them, one by one, change nothing', () => {
    expect(fold([1, { type: 'digit-pressed', digit: '1' }])).toMatchObject({ version: 1, messages: [], facts: [] });
  });
});

describe('messages', () => {
  test('stand in the order in which speech started, however late their transcripts come', () => {
    const bundle = fold(
      [0, bound('support')],
      [1, agentSaid('a1', 'Hello')],
      [5, agentSaid('a2', 'I see')],
      [3, callerSaid('t1', 'My key')],
    );
    expect(bundle.messages.map(({ id }) => id)).toEqual(['a1', 't1', 'a2']);
  });

  test('late words belong to the agent to whom they were said', () => {
    const bundle = fold(
      [0, bound('support')],
      [5, requested('support', 'technical')],
      [6, handedOver('support', 'technical')],
      [6, bound('technical', 'handoff')],
      [4, callerSaid('late', 'It still fails')],
      [7, callerSaid('new', 'Yes')],
    );
    expect(bundle.messages.map(({ id, agent }) => [id, agent])).toEqual([
      ['late', 'support'],
      ['new', 'technical'],
    ]);
  });

  test('words said before anybody was bound belong to the first agent', () => {
    expect(fold([0, callerSaid('t1', 'Hello?')], [1, bound('support')]).messages[0]?.agent).toBe('support');
  });

  test('a transcript replaces the turn without one, and not the other way round', () => {
    const both = [
      [1, callerSaid('t1', null)],
      [1, callerSaid('t1', 'My key')],
    ] as const;
    expect(fold(...both).messages.map(({ content }) => content)).toEqual(['My key']);
    expect(fold(...both.toReversed()).messages.map(({ content }) => content)).toEqual(['My key']);
  });

  test('any delay of any transcript gives the same messages', () => {
    const script: readonly ContextFact[] = [
      callerSaid('t0', 'Hello?'),
      bound('support'),
      agentSaid('a1', 'Welcome'),
      callerSaid('t1', 'My key is broken'),
      agentSaid('a2', 'I bring in a specialist'),
      requested('support', 'technical'),
      callerSaid('t2', 'All right'),
      handedOver('support', 'technical'),
      bound('technical', 'handoff'),
      agentSaid('a3', 'I see a 401', 'technical'),
      callerSaid('t3', 'Yes'),
    ];
    const inTime = script.map((fact, index) => [index + 1, fact] as const);
    const wanted = fold(...inTime).messages;
    expect(wanted).toHaveLength(7);
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: script.length, maxLength: script.length }), (delays) => {
        const arrival = (index: number) => index + (script[index]?.type.endsWith('-said') ? (delays[index] ?? 0) : 0);
        const late = inTime
          .map((entry, index) => ({ entry, arrival: arrival(index) }))
          .sort((one, other) => one.arrival - other.arrival)
          .map(({ entry }) => entry);
        expect(fold(...late).messages).toEqual(wanted);
      }),
    );
  });
});

describe('versions', () => {
  const log = events(
    [0, bound('support')],
    [1, callerSaid('t1', 'a')],
    [2, fact('Pro', 'tool', true)],
    [3, bound('support', 'resume')],
  );

  test('an event that is folded already changes nothing, whatever is sent again', () => {
    const whole = foldCall(callId, log);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...log)), (again) => {
        expect(again.reduce(foldEvent, whole)).toBe(whole);
      }),
    );
    expect(whole).toMatchObject({ version: 4, resumes: 1 });
  });

  test('an unknown event moves the version and the time of the newest event, and nothing else', () => {
    const stranger: ContextEvent = JSON.parse('{"type":"moon-landed","seq":1,"term":1,"at":0}');
    expect(foldEvent(emptyBundle(callId), stranger)).toEqual({ ...emptyBundle(callId), version: 1, lastAt: 0 });
  });
});

describe('facts', () => {
  test.each([
    ['newer wins among equals', [fact('Free', 'tool', true), fact('Pro', 'tool', true)], 'Pro'],
    ['verified displaces unverified', [fact('Gold', 'caller', false), fact('Pro', 'tool', true)], 'Pro'],
    [
      'the caller cannot talk the account into another tier',
      [fact('Pro', 'tool', true), fact('Gold', 'caller', false)],
      'Pro',
    ],
  ])('%s', (_, [first, second], value) => {
    if (first === undefined || second === undefined) throw new Error('two facts');
    expect(fold([1, first], [2, second]).facts).toMatchObject([{ key: 'accountTier', value }]);
  });

  test('an older observation that arrives later does not win', () => {
    expect(fold([5, fact('Pro', 'tool', true)], [2, fact('Free', 'tool', true)]).facts).toMatchObject([{ value: 'Pro' }]);
  });

  test.each([
    ['TN-Validation-Passed-A', true],
    ['TN-Validation-Passed-B', false],
    [undefined, false],
  ])("the caller's number is one; attestation %s makes it verified: %s", (verstat, verified) => {
    const started = { type: 'call-started', from: '+4930123', to: '+1', line: 'acme', ivr: { topic: 'keys' } } as const;
    const bundle = fold([1, verstat === undefined ? started : { ...started, verstat }]);
    expect(bundle.facts).toMatchObject([
      { key: 'callerNumber', value: '+4930123', source: 'caller', verified },
      { key: 'topic', value: 'keys', source: 'ivr', verified: false },
    ]);
  });
});

test('a tool result joins its call; one without a call is ignored', () => {
  const returned = { type: 'tool-returned', tool: 'x', status: 'ok', result: { a: 1 }, durationMs: 5 } as const;
  const bundle = fold(
    [1, { type: 'tool-called', tool: 'x', toolCallId: 'c1', agent: 'support', arguments: {}, effect: 'reads' }],
    [2, { ...returned, toolCallId: 'c1' }],
    [3, { ...returned, toolCallId: 'c9' }],
  );
  expect(bundle.toolCalls).toMatchObject([{ toolCallId: 'c1', status: 'ok', result: { a: 1 } }]);
});

test('the same solution again is news of the same attempt', () => {
  const bundle = fold(
    [1, { type: 'solution-tried', solution: 'Reset API key', outcome: 'unknown' }],
    [2, { type: 'solution-tried', solution: 'reset api key ', outcome: 'failed' }],
    [3, { type: 'solution-tried', solution: 'Restart', outcome: 'failed' }],
  );
  expect(bundle.attempts).toEqual([
    { solution: 'Reset API key', outcome: 'failed' },
    { solution: 'Restart', outcome: 'failed' },
  ]);
});

test('a decision belongs to the last waiting request of its epoch, since epochs start anew with a term', () => {
  const bundle = fold(
    [1, requested('support', 'technical')],
    [2, { type: 'handoff-failed', epoch: epoch(2), from: 'support', to: 'technical', why: 'x' }],
    [3, requested('support', 'billing')],
    [4, handedOver('support', 'billing')],
    [5, handedOver('support', 'billing')],
  );
  expect(bundle.handoffs.map(({ to, outcome, committedAt }) => [to, outcome, committedAt])).toEqual([
    ['technical', 'failed', undefined],
    ['billing', 'committed', 4_000],
  ]);
});

test('the first reason for the end wins', () => {
  const bundle = fold(
    [1, { type: 'call-ended', reason: 'resolved', resolved: true, owesGoodbye: false }],
    [2, { type: 'call-ended', reason: 'hung up', resolved: null, owesGoodbye: false }],
  );
  expect(bundle.ended).toEqual({ reason: 'resolved', resolved: true, owesGoodbye: false, at: 1_000 });
});
