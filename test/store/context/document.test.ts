import { expect, test } from 'vitest';
import { type CallId, epoch, parseCallId, term, wallTime } from '../../../infra/brand.ts';
import { emptyBundle } from '../../../store/context/bundle.ts';
import { bundleDocument } from '../../../store/context/document.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';
import { foldCall } from '../../../store/context/fold.ts';
import { committed } from '../committed.ts';

const callId = parseCallId(`CA${'0'.repeat(32)}`) as CallId;
const start = Date.UTC(2026, 0, 1);
const log = (...facts: readonly ContextFact[]): ContextEvent[] =>
  facts.map((fact, index) => ({ ...fact, seq: index + 1, term: term(1), at: wallTime(start + index * 1_000) }));

test("the article's call becomes exactly the documented shape", () => {
  const bundle = foldCall(
    callId,
    log(
      { type: 'bound', agent: 'support', epoch: epoch(1), cause: 'answer' },
      { type: 'caller-said', turn: 't1', text: 'My key fails' },
      {
        type: 'agent-said',
        item: 'i1',
        agent: 'support',
        text: 'I reset it for you',
        heardText: 'I reset it',
        saidMs: 900,
        heardMs: 500,
      },
      {
        type: 'tool-called',
        tool: 'resetApiKey',
        toolCallId: 'c1',
        agent: 'support',
        arguments: {},
        effect: 'irreversible',
      },
      {
        type: 'tool-returned',
        tool: 'resetApiKey',
        toolCallId: 'c1',
        status: 'ok',
        result: { prefix: 'ak' },
        durationMs: 9,
      },
      { type: 'fact-learned', key: 'accountTier', value: 'Pro', source: 'tool', verified: true },
      { type: 'solution-tried', solution: 'Reset API key', outcome: 'failed' },
      { type: 'sentiment-noticed', sentiment: 'frustrated' },
      { type: 'issue-classified', category: 'API key' },
      {
        type: 'handoff-requested',
        epoch: epoch(2),
        from: 'support',
        to: 'technical',
        reason: 'Still 401',
        trigger: 'expertise',
      },
      committed(2, { switchMs: 1, factsCarried: 1 }),
      { type: 'caller-said', turn: 't2', text: null },
    ),
  );
  const second = (number: number) => `2026-01-01T00:00:${String(number).padStart(2, '0')}.000Z`;
  expect(bundleDocument(bundle)).toEqual({
    schema: 1,
    callId,
    version: 12,
    messages: [
      { role: 'user', content: 'My key fails', timestamp: second(1), agent: 'support' },
      { role: 'assistant', content: 'I reset it for you', timestamp: second(2), agent: 'support', heard: 'I reset it' },
      { role: 'tool', content: '{"prefix":"ak"}', timestamp: second(3), agent: 'support' },
      { role: 'user', content: '', timestamp: second(11), agent: 'support' },
    ],
    toolCalls: [
      { name: 'resetApiKey', arguments: {}, result: { prefix: 'ak' }, timestamp: second(3), agent: 'support', status: 'ok' },
    ],
    userState: { accountTier: 'Pro', issueCategory: 'API key', sentiment: 'frustrated' },
    agentState: {
      attemptedSolutions: [{ solution: 'Reset API key', outcome: 'failed' }],
      outcome: 'Requires technical specialist',
    },
    handoffReason: 'Still 401',
    handoffAt: second(10),
    fromAgent: 'support',
    toAgent: 'technical',
    handoffs: [
      {
        from: 'support',
        to: 'technical',
        reason: 'Still 401',
        trigger: 'expertise',
        outcome: 'committed',
        requestedAt: second(9),
        committedAt: second(10),
      },
    ],
    facts: [{ key: 'accountTier', value: 'Pro', source: 'tool', verified: true, timestamp: second(5) }],
  });
});

test('an empty call has every key, null where nothing is known', () => {
  expect(bundleDocument(emptyBundle(callId))).toEqual({
    schema: 1,
    callId,
    version: 0,
    messages: [],
    toolCalls: [],
    userState: {},
    agentState: { attemptedSolutions: [], outcome: null },
    handoffReason: null,
    handoffAt: null,
    fromAgent: null,
    toAgent: null,
    handoffs: [],
    facts: [],
  });
});

test('a running tool is unknown and has no message; a failed handoff is not the last one', () => {
  const document = bundleDocument(
    foldCall(
      callId,
      log(
        { type: 'tool-called', tool: 'x', toolCallId: 'c1', agent: 'a', arguments: {}, effect: 'reads' },
        { type: 'handoff-requested', epoch: epoch(2), from: 'a', to: 'b', reason: 'r', trigger: 'expertise' },
        { type: 'handoff-failed', epoch: epoch(2), from: 'a', to: 'b', why: 'no answer' },
      ),
    ),
  );
  expect(document).toMatchObject({
    messages: [],
    toolCalls: [{ status: 'unknown' }],
    toAgent: null,
    handoffs: [{ outcome: 'failed' }],
  });
});

test.each([
  [true, 'Resolved'],
  [false, 'Not resolved'],
  [null, null],
] as const)('a call that ended with resolved %s has the outcome %s', (resolved, outcome) => {
  const bundle = foldCall(callId, log({ type: 'call-ended', reason: 'done', resolved, owesGoodbye: false }));
  expect(bundleDocument(bundle).agentState.outcome).toBe(outcome);
});

test('a fact named __proto__ is only a key', () => {
  const bundle = foldCall(
    callId,
    log({ type: 'fact-learned', key: '__proto__', value: { admin: true }, source: 'ivr', verified: false }),
  );
  const { userState } = bundleDocument(bundle);
  expect(Object.getPrototypeOf(userState)).toBe(Object.prototype);
  expect('admin' in userState).toBe(false);
});
