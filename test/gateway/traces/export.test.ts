import { afterEach, expect, test } from 'vitest';
import { gatewayMetrics } from '../../../gateway/metrics.ts';
import { SpanThread } from '../../../gateway/traces/span-thread.ts';
import { traceCalls } from '../../../gateway/traces/trace-calls.ts';
import { parseCallId } from '../../../infra/brand.ts';
import { systemClock } from '../../../infra/clock.ts';
import { createLog } from '../../../infra/log.ts';
import { play } from '../../scenarios/play.ts';
import { callerNumber, callerTexts } from '../../world/article.ts';
import { dialledNumber } from '../../world/stage.ts';
import { type Collector, startCollector } from './collector.ts';
import { about, asks, callEnded, faultsOf, logOf, says, spansOf, started } from './log-of.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const collecting = async (status?: number): Promise<Collector> => {
  const collector = await startCollector(status);
  cleanUps.push(collector.close);
  return collector;
};

const callIdOf = (sid: string) => {
  const callId = parseCallId(sid);
  if (callId === undefined) throw new Error(`${sid} is no CallSid`);
  return callId;
};

const silent = createLog({ level: 'silent' });

const spansMetric = async (metrics: ReturnType<typeof gatewayMetrics>) =>
  Object.fromEntries(
    [...(await metrics.text()).matchAll(/^throughline_spans_total\{outcome="(\w+)"\} (\d+)$/gm)].map(
      ([, outcome, count]) => [outcome, Number(count)],
    ),
  );

test('a whole call reaches a collector: one trace, well nested, with a handoff, and not a word of anybody', async () => {
  const collector = await collecting();
  const metrics = gatewayMetrics();
  const settings = { otlpEndpoint: collector.endpoint, openai: { realtimeModel: about.model } };
  const contexts = { load: async () => undefined };
  const traces = traceCalls(settings, { clock: systemClock, log: silent, metrics, contexts });
  const { events, call } = await play({ watch: (event, _, { sid }) => traces?.onEvent(callIdOf(sid), event) });
  const begun = performance.now();
  await traces?.close();
  expect(performance.now() - begun).toBeLessThan(1_800);

  expect(collector.problems).toEqual([]);
  expect([...collector.services]).toEqual(['throughline']);
  expect(faultsOf(collector.spans)).toEqual([]);
  expect(collector.spans[0]?.traceId).toBe(call.sid.slice(2).toLowerCase());
  expect(await spansMetric(metrics)).toEqual({ sent: collector.spans.length });
  const names = collector.spans.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('execute_tool'))).toEqual([
    'execute_tool checkAccountStatus',
    'execute_tool resetApiKey',
    'execute_tool checkApiLogs',
  ]);
  for (const name of ['call', 'handoff', 'handoff preparing', 'handoff proving', 'handoff draining'])
    expect(names.filter((other) => other === name)).toHaveLength(1);
  expect(names).toContain('invoke_agent support');
  expect(names).toContain('invoke_agent technical');
  expect(collector.spans.find(({ name }) => name === 'call')).toMatchObject({
    kind: 2,
    failed: false,
    attributes: {
      'gen_ai.usage.input_tokens': expect.anything(),
      'throughline.resolved': true,
      'gen_ai.conversation.id': call.sid,
    },
  });

  const words = [
    ...Object.values(callerTexts),
    ...events.flatMap((event) => (event.type === 'agent-said' ? [event.text, event.heardText] : [])),
    ...events.flatMap((event) => (event.type === 'handoff-requested' ? [event.reason] : [])),
  ];
  const phrases = words.flatMap((text) => text.split(/[.,!?]\s*/)).filter((phrase) => phrase.length > 6);
  expect(phrases.length).toBeGreaterThan(10);
  const sent = collector.texts.join('\n');
  expect(phrases.filter((phrase) => sent.includes(phrase))).toEqual([]);
  expect([callerNumber, dialledNumber].filter((number) => sent.includes(number.slice(1)))).toEqual([]);
  expect(sent).not.toMatch(/Robin|acct_|@|401|Reset API key|frustrat/);
});

const someSpans = spansOf(
  logOf([
    [0, started],
    [1, asks('t')],
    [2, says('a', 'support', [900, 900])],
    [4, callEnded],
  ]),
);

const threadTo = (endpoint: string) => {
  const lines: string[] = [];
  const metrics = gatewayMetrics();
  const log = createLog({ level: 'warn', destination: { write: (line: string) => lines.push(line) } });
  const thread = new SpanThread({ endpoint, clock: systemClock, log, metrics });
  cleanUps.push(() => thread.close());
  return { thread, metrics, lines };
};

test('a collector that is away costs a bounded number of spans in memory, one line a minute, and no time', async () => {
  const { thread, metrics, lines } = threadTo('http://127.0.0.1:9');
  const given = 5_000 * someSpans.length;
  const begun = performance.now();
  for (let call = 0; call < 5_000; call += 1) thread.give(someSpans);
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(thread.underWay).toBeLessThanOrEqual(4_096);
  const ending = performance.now();
  await thread.close();
  expect(performance.now() - ending).toBeLessThan(2_500);
  const { sent = 0, failed = 0, dropped = 0 } = await spansMetric(metrics);
  expect([sent, failed + dropped]).toEqual([0, given]);
  expect(dropped).toBeGreaterThan(given - 4_097);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(2);
  expect(lines.join('')).toMatch(/OTEL_EXPORTER_OTLP_ENDPOINT/);
});

test('a collector that refuses is counted and said; the next spans are tried all the same', async () => {
  const collector = await collecting(400);
  const { thread, metrics, lines } = threadTo(collector.endpoint);
  thread.give(someSpans);
  await expect.poll(() => spansMetric(metrics), { timeout: 5_000 }).toEqual({ failed: someSpans.length });
  thread.give(someSpans);
  await expect.poll(() => spansMetric(metrics), { timeout: 5_000 }).toEqual({ failed: 2 * someSpans.length });
  expect(lines).toHaveLength(1);
  expect(thread.underWay).toBe(0);
  await thread.close();
});

test('what is given after the end is dropped and counted', async () => {
  const collector = await collecting();
  const { thread, metrics } = threadTo(collector.endpoint);
  thread.give(someSpans);
  await Promise.all([thread.close(), thread.close()]);
  thread.give(someSpans);
  expect(await spansMetric(metrics)).toEqual({ sent: someSpans.length, dropped: someSpans.length });
});

test('without an endpoint there is nothing', () => {
  const ground = { clock: systemClock, log: silent, metrics: gatewayMetrics(), contexts: { load: async () => undefined } };
  const settings = { otlpEndpoint: undefined, openai: { realtimeModel: about.model } };
  expect(traceCalls(settings, ground)).toBeUndefined();
});
