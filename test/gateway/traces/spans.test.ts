import { expect, test } from 'vitest';
import { callSpanId, traceIdOf } from '../../../gateway/traces/ids.ts';
import { follow, reread } from '../../../gateway/traces/spans.ts';
import { epoch, parseCallId } from '../../../infra/brand.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';
import { noTokens } from '../../../store/context/usage.ts';
import {
  about,
  asks,
  binds,
  callEnded,
  callId,
  calls,
  commits,
  type Entry,
  faultsOf,
  logOf,
  returns,
  says,
  spansOf,
  started,
  timeOf,
  timesOf,
  wants,
} from './log-of.ts';

/** An answer, a question with a tool, a handoff, and a goodbye. */
const handoffCall: readonly Entry[] = [
  [0, started],
  [0.4, binds('support', 'answer', 1)],
  [0.5, says('a1', 'support', [2_000, 2_000])],
  // The transcript of what was said from second 4 on comes after the tool was called.
  [7, calls('call_1')],
  [4, asks('t1')],
  [7.9, returns('call_1')],
  [9.5, wants(2)],
  [8, says('a2', 'support', [3_000, 3_000])],
  [11, commits(2, [400, 1_200, 1_500])],
  [11, binds('technical', 'handoff', 2)],
  [11.2, says('b1', 'technical', [2_000, 2_000])],
  [14, asks('t2')],
  [15, says('b2', 'technical', [1_000, 1_000])],
  [17, callEnded],
];

test('a call, its turns, their tools, and a handoff with its phases, each with its time', () => {
  const spans = spansOf(logOf(handoffCall));
  expect(faultsOf(spans)).toEqual([]);
  const support = spans.filter(({ name }) => name === 'invoke_agent support');
  const technical = spans.filter(({ name }) => name === 'invoke_agent technical');
  expect(support.map(timeOf)).toEqual([
    [0.5, 2.5],
    [4, 11],
  ]);
  expect(technical.map(timeOf)).toEqual([
    [11.2, 13.2],
    [14, 16],
  ]);
  expect(timesOf(spans)).toMatchObject({
    call: [0, 17],
    'execute_tool checkAccountStatus': [7, 7.9],
    handoff: [9.5, 11],
    'handoff preparing': [9.5, 9.9],
    'handoff proving': [9.9, 10.7],
    'handoff draining': [10.7, 11],
  });
  const handoff = spans.find(({ name }) => name === 'handoff');
  expect(handoff?.moments.map(({ name, at }) => [name, timeOf({ startedAt: at, endedAt: at })[0]])).toEqual([
    ['requested', 9.5],
    ['configured', 9.9],
    ['first-audio', 10.7],
    ['committed', 11],
  ]);
  const tool = spans.find(({ name }) => name.startsWith('execute_tool'));
  expect(tool?.parentId).toBe(support[1]?.spanId);
  expect(tool?.values).toMatchObject({ 'gen_ai.tool.call.id': 'call_1', 'gen_ai.operation.name': 'execute_tool' });
  expect(spans.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(spans.at(-1)).toMatchObject({ name: 'call', values: { 'throughline.resolved': true } });
});

test('the trace is the call: its id is that of the CallSid, also for one of zeros', () => {
  expect(traceIdOf(callId)).toBe('0123456789abcdef0123456789abcdef');
  const zeros = parseCallId(`CA${'0'.repeat(32)}`) ?? callId;
  expect(traceIdOf(zeros)).toBe(`${'0'.repeat(31)}1`);
  expect(callSpanId(zeros)).not.toBe('0'.repeat(16));
  const capitals = parseCallId('CA0123456789ABCDEF0123456789ABCDEF') ?? callId;
  expect(callSpanId(capitals)).toBe(callSpanId(callId));
});

test('no words and no numbers are in any span', () => {
  const canaries: readonly Entry[] = [
    ...handoffCall.slice(0, -1),
    [16, { type: 'asked-again', agent: 'support', field: 'spoken words', sentence: 'spoken words' }],
    [16, { type: 'handoff-refused', from: 'support', to: 'spoken+words', reason: 'spoken words', why: 'spoken words' }],
    [16, calls('call_4155550134', 'call 415 555 0134')],
    [17, callEnded],
  ];
  const shown = JSON.stringify(spansOf(logOf(canaries)));
  expect(shown).not.toMatch(/words|secret|robin|4155550134|415 555|5005550010/);
  expect(shown).toContain('execute_tool other');
});

test('a handoff that failed is one span, with its reason', () => {
  const why = 'no answer in time (proving)';
  const failed: ContextFact = { type: 'handoff-failed', epoch: epoch(2), from: 'support', to: 'technical', why };
  const spans = spansOf(
    logOf([
      [0, started],
      [1, wants(2)],
      [9, failed],
      [12, callEnded],
    ]),
  );
  expect(faultsOf(spans)).toEqual([]);
  const handoffs = spans.filter(({ name }) => name.startsWith('handoff'));
  expect(handoffs).toMatchObject([{ name: 'handoff', failure: why, values: { 'error.type': why } }]);
  expect(handoffs.map(timeOf)).toEqual([[1, 9]]);
});

test('figures that contradict each other make no phase that leaves its handoff', () => {
  const spans = spansOf(
    logOf([
      [0, started],
      [1, wants(2)],
      [2, commits(2, [2_000, 1_500, 900])],
      [3, callEnded],
    ]),
  );
  expect(faultsOf(spans)).toEqual([]);
  expect(timesOf(spans)).toMatchObject({ handoff: [1, 1.9], 'handoff proving': [1.9, 1.9] });
});

test('tools that fail, take too long or never return', () => {
  const spans = spansOf(
    logOf([
      [0, started],
      [1, asks('t1')],
      [2, calls('one')],
      [3, returns('one', 'error')],
      [4, calls('two')],
      [9, returns('two', 'timeout')],
      [10, calls('three')],
      // The caller goes on while the tool runs: the turn waits for it.
      [11, asks('t2')],
      [12, says('a1', 'support', [500, 500])],
      [13, callEnded],
    ]),
  );
  expect(faultsOf(spans)).toEqual([]);
  const tools = spans.filter(({ name }) => name.startsWith('execute_tool'));
  expect(tools.map(({ failure }) => failure)).toEqual(['error', 'timeout', 'call-ended']);
  expect(tools.map(timeOf)).toEqual([
    [2, 3],
    [4, 9],
    [10, 13],
  ]);
});

/** A process is killed in the middle of a turn, a tool and a handoff; another goes on. */
const resumedCall: readonly Entry[] = [
  [0, started],
  [0.2, binds('support', 'answer', 1)],
  [1, asks('t1')],
  [2, calls('one')],
  [3, wants(2)],
  [20, { type: 'handoff-failed', epoch: epoch(2), from: 'support', to: 'technical', why: 'its node was lost' }, 2],
  [20.5, binds('support', 'resume', 1)],
  [20, asks('t2')],
  [21, says('c1', 'support', [2_000, 1_000])],
  [22, binds('support', 'session-lost', 2)],
  [23, { type: 'stream-ended', reason: 'transferred' }],
  [60, binds('support', 'return', 1), 3],
  [61, says('d1', 'support', [1_000, 1_000])],
  [63, callEnded],
];

test('a call that another process takes up goes on in the same trace', () => {
  const spans = spansOf(logOf(resumedCall));
  expect(faultsOf(spans)).toEqual([]);
  expect(timesOf(spans)).toMatchObject({ call: [0, 63], resume: [20, 23], return: [60, 63], handoff: [3, 20] });
  const [resume, back] = ['resume', 'return'].map((wanted) => spans.find(({ name }) => name === wanted));
  expect(resume?.follows).toEqual([callSpanId(callId)]);
  expect(back?.follows).toEqual([resume?.spanId]);
  const turns = spans.filter(({ name }) => name === 'invoke_agent support');
  expect(turns.map(({ parentId }) => parentId)).toEqual([callSpanId(callId), resume?.spanId, back?.spanId]);
  const tool = spans.find(({ name }) => name.startsWith('execute_tool'));
  expect([tool?.failure, tool && timeOf(tool)]).toEqual(['interrupted', [2, 3]]);
  const call = spans.at(-1);
  const binding = call?.moments.filter(({ name }) => name === 'bound').map(({ values }) => values['throughline.cause']);
  expect(binding).toEqual(['answer', 'resume', 'session-lost', 'return']);
});

test('wherever the log is read again, the rest is told once, with the same ids', () => {
  const log = logOf(resumedCall);
  const whole = spansOf(log);
  for (let kept = 1; kept < log.length; kept += 1) {
    let course = reread(callId, about, log.slice(0, kept));
    const rest = log.slice(kept).flatMap((event: ContextEvent) => {
      if (course === undefined) return [];
      const after = follow(course, event);
      course = after.course;
      return after.spans;
    });
    expect(rest).toEqual(whole.slice(whole.length - rest.length));
    expect(rest.at(-1)?.name).toBe('call');
  }
});

const transferred = (transfer: string): ContextFact => ({
  ...{ type: 'transfer-requested', transfer, from: 'support', to: 'human', way: 'warm' },
  ...{ reason: 'spoken words', trigger: 'caller-asked' },
});

test('transfers and payments: found, taken, over; or missed', () => {
  const spans = spansOf(
    logOf([
      [0, started],
      [1, transferred('one')],
      [9, { type: 'transfer-failed', transfer: 'one', to: 'human', why: 'no-answer' }],
      [10, transferred('two')],
      [15, { type: 'transfer-accepted', transfer: 'two', to: 'human' }],
      [17, { type: 'stream-ended', reason: 'transferred' }],
      [
        90,
        {
          ...{ type: 'transfer-ended', transfer: 'two', to: 'human', ending: 'given-back', talkMs: 70_000 },
          ...{ notes: 'spoken words', verdict: 'solved' },
        },
        2,
      ],
      [
        91,
        {
          ...{ type: 'payment-started', payment: 'p', agent: 'billing', tool: 'pay', toolCallId: 'x', amount: '49.00' },
          ...{ currency: 'usd', description: 'spoken words', connector: null },
        },
      ],
      [
        95,
        {
          ...{ type: 'payment-ended', payment: 'p', outcome: 'declined', confirmation: null },
          ...{ cardType: 'visa', error: null },
        },
      ],
      [96, callEnded],
    ]),
  );
  expect(faultsOf(spans)).toEqual([]);
  const told = spans.map(({ name, failure, ...span }) => [name, ...timeOf(span), failure]);
  expect(told.slice(0, -1)).toEqual([
    ['transfer', 1, 9, 'no-answer'],
    ['transfer searching', 1, 9, undefined],
    ['transfer', 10, 90, undefined],
    ['transfer searching', 10, 15, undefined],
    ['transfer talking', 15, 90, undefined],
    ['payment', 91, 95, 'declined'],
  ]);
});

test('what is open when the caller hangs up ends with the call, and speech that was estimated to last longer is within it', () => {
  const spans = spansOf(
    logOf([
      [0, started],
      [1, transferred('one')],
      [2, wants(2)],
      [3, says('a', 'support', [9_000, 4_000])],
      [5, callEnded],
    ]),
  );
  expect(faultsOf(spans)).toEqual([]);
  expect(timesOf(spans)).toMatchObject({ transfer: [1, 5], handoff: [2, 5], call: [0, 7] });
  expect(spans.filter(({ failure }) => failure === 'call-ended').map(({ name }) => name)).toEqual(['transfer', 'handoff']);
});

test('what models used is summed for the call, by the kinds of the conventions', () => {
  const used = (textIn: number, audioOut: number): ContextFact => ({
    ...{ type: 'model-used', agent: 'support', model: 'gpt-realtime-2.1', transcription: null },
    tokens: { ...noTokens, textIn, audioCached: 5, audioOut },
  });
  const spans = spansOf(
    logOf([
      [0, started],
      [1, used(100, 40)],
      [2, used(20, 2)],
      [3, callEnded],
    ]),
  );
  const usage = Object.entries(spans.at(-1)?.values ?? {}).filter(([name]) => name.startsWith('gen_ai.usage.'));
  expect(Object.fromEntries(usage)).toEqual({
    'gen_ai.usage.input_tokens': 130,
    'gen_ai.usage.output_tokens': 42,
    'gen_ai.usage.cache_read.input_tokens': 10,
    'gen_ai.usage.text.input_tokens': 120,
    'gen_ai.usage.audio.input_tokens': 10,
    'gen_ai.usage.audio.output_tokens': 42,
  });
});

test('a call without transcripts: turns are found at its end, and no turn grows for ever', () => {
  const speech = Array.from({ length: 1_000 }, (_, index): Entry => [index, says(`i${index}`, 'support', [500, 500])]);
  const late: readonly Entry[] = [[990.7, { type: 'caller-said', turn: 't', text: null }]];
  const spans = spansOf(logOf([[0, started], ...speech, ...late, [1_001, callEnded]]));
  expect(faultsOf(spans)).toEqual([]);
  expect(spans.length).toBeGreaterThan(5);
  expect(spans.filter(({ startedAt }) => startedAt - (spans.at(-1)?.startedAt ?? 0) === 990_700)).toHaveLength(1);
});
