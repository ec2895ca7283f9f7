import { expect, test } from 'vitest';
import { declared, gatewayMetrics } from '../../gateway/metrics.ts';
import type { Declaration, Labels } from '../../infra/metrics.ts';

/** What a series may be told apart by: few kinds of things, never one call, one caller or one number. */
const labelNames = [
  ...['cause', 'reason', 'why', 'to', 'outcome', 'fatal', 'prompt', 'ended', 'peer', 'what', 'kind', 'name', 'state', 'way'],
];
/** The only one whose values are not listed: the adapters choose them from fixed words. */
const ofWords = ['why'];
const endings = { counter: /_total$/, histogram: /_seconds$/, gauge: /[a-z]$/ };
const fixedWord = /^[a-z]+([_ -][a-z]+)*$/;

const faultsOfLabel = (label: string, values: readonly string[] | 'words'): readonly string[] => {
  const name = labelNames.includes(label) ? [] : [`label ${label}: new; is it one of few words, and no id?`];
  if (values === 'words') return ofWords.includes(label) ? name : [...name, `label ${label}: takes any word`];
  return [
    ...name,
    ...values.filter((value) => !fixedWord.test(value)).map((value) => `label ${label}: ${value} is no word`),
  ];
};

/** What is wrong with metrics. */
const faultsOf = (metrics: Readonly<Record<string, Declaration>>): readonly string[] =>
  Object.entries(metrics).flatMap(([name, { type, labels }]) => [
    ...(/^throughline(_[a-z]+)+$/.test(name) && endings[type].test(name) ? [] : [`${name}: is no name of a ${type}`]),
    ...Object.entries(labels).flatMap(([label, values]) => faultsOfLabel(label, values)),
  ]);

test('names follow the house, and no label is a number or an id', () => {
  expect(faultsOf(declared)).toEqual([]);
});

const planted = (labels: Declaration['labels'], name = 'throughline_things_total') => ({
  [name]: { type: 'counter', help: 'Things', labels } as const,
});

test.each([
  ['the id of a call', planted({ call_id: 'words' })],
  ['a number by a harmless name', planted({ to: ['+15551234567'] })],
  ['an id by a harmless name', planted({ reason: ['CA0123456789abcdef0123456789abcdef'] })],
  ['words of anybody', planted({ reason: 'words' })],
  ['another name', planted({}, 'throughline_things')],
])('a metric with %s would be noticed', (_, metrics) => expect(faultsOf(metrics)).not.toEqual([]));

test('whatever is counted, no id and no number gets into the text', async () => {
  const metrics = gatewayMetrics();
  const secret = ['CA0123456789abcdef0123456789abcdef', '+14155550134', 'robin@example.com', 'call_7f3a'];
  for (const [name, { type, labels }] of Object.entries(declared))
    for (const value of secret) {
      const given: Labels = { call_id: value, ...Object.fromEntries(Object.keys(labels).map((label) => [label, value])) };
      if (type === 'counter') metrics.count(counterOf(name), given);
    }
  const text = await metrics.text();
  expect(text).toContain('throughline_calls_started_total{cause="other"} 4');
  expect(secret.filter((value) => text.includes(value))).toEqual([]);
  expect(text).not.toContain('call_id');
});

type Counter = Parameters<ReturnType<typeof gatewayMetrics>['count']>[0];
const isCounter = (name: string): name is Counter => Object.hasOwn(declared, name) && name.endsWith('_total');
const counterOf = (name: string): Counter => {
  if (!isCounter(name)) throw new Error(`${name} is no counter`);
  return name;
};
