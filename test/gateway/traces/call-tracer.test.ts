import { expect, test } from 'vitest';
import { CallTracer } from '../../../gateway/traces/call-tracer.ts';
import type { CallSpan } from '../../../gateway/traces/span.ts';
import { type CallId, parseCallId } from '../../../infra/brand.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import { settle } from '../../world/clock.ts';
import { about, asks, binds, callEnded, callId, calls, faultsOf, logOf, says, spansOf, started } from './log-of.ts';

const log = logOf([
  [0, started],
  [1, binds('support', 'answer', 1)],
  [2, asks('t1')],
  [3, calls('one')],
  [20, binds('support', 'resume', 1), 2],
  [21, asks('t2')],
  [22, says('a', 'support', [900, 900])],
  [25, callEnded],
]);
const [before, after] = [log.slice(0, 4), log.slice(4)];

/** A process: what it told, and what it complained of. */
const processWith = (load: (callId: CallId) => Promise<readonly ContextEvent[] | undefined> = async () => undefined) => {
  const spans: CallSpan[] = [];
  const troubles: unknown[] = [];
  const tracer = new CallTracer({
    about,
    load,
    sink: { give: (given) => spans.push(...given) },
    onTrouble: (_, error) => troubles.push(error),
  });
  const learn = (events: readonly ContextEvent[], of = callId) => {
    for (const event of events) tracer.learn(of, event);
  };
  return { tracer, spans, troubles, learn };
};

test('two processes tell one trace between them, also of what the lost one had begun', async () => {
  const lost = processWith();
  lost.learn(before);
  const next = processWith(async () => log.slice(0, 5));
  next.learn(after.slice(0, 2));
  await settle();
  next.learn(after.slice(2));
  const told = [...lost.spans, ...next.spans];
  expect(told).toEqual(spansOf(log));
  expect(faultsOf(told)).toEqual([]);
  expect(told.find(({ name }) => name.startsWith('execute_tool'))?.failure).toBe('interrupted');
  expect([next.tracer.size, next.troubles]).toEqual([0, []]);
});

test('a log that can not be read costs the trace its beginning, and no more', async () => {
  const { learn, spans, troubles, tracer } = processWith(() => Promise.reject(new Error('away')));
  learn(after);
  await settle();
  expect(troubles).toHaveLength(1);
  expect(faultsOf(spans.map((span) => ({ ...span, follows: [] })))).toEqual([]);
  expect(spans.at(-1)).toMatchObject({ name: 'call', startedAt: after[0]?.at });
  expect(tracer.size).toBe(0);
});

test('events of an owner that has lost the call without knowing it are not told', async () => {
  const { learn, spans } = processWith(async () => before);
  learn(after.slice(0, 1));
  await settle();
  const told = spans.length;
  learn(
    logOf([
      [0, started],
      [0, started],
      [0, started],
      [0, started],
      [0, started],
      [21, callEnded],
    ]).slice(5),
  );
  expect(spans).toHaveLength(told);
  learn(after.slice(1));
  expect(spans.at(-1)?.name).toBe('call');
});

test('a sink that throws, and a log that makes no sense, do nothing to the call', async () => {
  const troubles: unknown[] = [];
  const broken = new CallTracer({
    about,
    load: async () => undefined,
    sink: {
      give: () => {
        throw new Error('broken');
      },
    },
    onTrouble: (_, error) => troubles.push(error),
  });
  for (const event of log) broken.learn(callId, event);
  await settle();
  expect(troubles.length).toBeGreaterThan(0);
  expect(broken.size).toBe(0);
});

test('calls that go on elsewhere, and a store that never answers, cost a bounded memory', () => {
  const { tracer, learn, spans } = processWith(() => new Promise(() => {}));
  for (let call = 1; call <= 12_000; call += 1) {
    const of = parseCallId(`CA${call.toString(16).padStart(32, '0')}`) ?? callId;
    learn(call % 2 === 0 ? before : after.slice(0, 1), of);
  }
  expect(tracer.size).toBe(5_000);
  const long = after
    .slice(0, 1)
    .flatMap((event) => Array.from({ length: 2_000 }, (_, index) => ({ ...event, seq: index + 5 })));
  learn(long, parseCallId(`CA${'f'.repeat(32)}`) ?? callId);
  expect([tracer.size, spans.length]).toEqual([5_000, 0]);
});

test('a stream that ended is forgotten, and read again when the call comes back', async () => {
  const left = logOf([
    [0, started],
    [1, binds('support', 'answer', 1)],
    [2, { type: 'stream-ended', reason: 'transferred' }],
  ]);
  const back = logOf([
    ...Array.from({ length: 3 }, () => [0, started] as const),
    [60, binds('support', 'return', 1), 2],
    [61, callEnded],
  ]);
  const { tracer, learn, spans } = processWith(async () => left);
  learn(left);
  expect(tracer.size).toBe(0);
  learn(back.slice(3));
  await settle();
  expect(spans.map(({ name }) => name)).toEqual(['return', 'call']);
  expect(spans.at(-1)?.startedAt).toBe(left[0]?.at);
});
