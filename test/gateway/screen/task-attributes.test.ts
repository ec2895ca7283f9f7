import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PersonContext } from '../../../gateway/screen/person-headers.ts';
import { taskAttributes } from '../../../gateway/screen/task-attributes.ts';
import type { ContextFact, Json } from '../../../store/context/event.ts';
import { bundleOf, learned, tried } from '../../agents/handoff/world.ts';
import { fuzzRuns, keepsItsKeys, nastyJson, nastyText } from '../../fuzz/runs.ts';

const link = 'https://voice.example.com/screen/t.m';
const person = (facts: readonly ContextFact[], reason = 'Was charged twice'): PersonContext => ({
  bundle: bundleOf(...facts.map((fact, index) => [index, fact] as const)),
  transfer: { to: 'billing', reason },
  link,
});
const attributesOf = (context: PersonContext): Record<string, unknown> => JSON.parse(taskAttributes(context));
const said = (key: string, value: Json): ContextFact => ({
  type: 'fact-learned',
  key,
  value,
  source: 'caller',
  verified: false,
});

test('what routes a call and what a person wants to know', () => {
  const facts = [
    { type: 'call-started', from: '+14155550134', to: '+1', line: 'acme', ivr: {} } as const,
    learned('accountTier', 'Pro'),
    said('name', 'Dana Miller'),
    tried('Reset API key'),
    { type: 'sentiment-noticed', sentiment: 'angry' } as const,
    { type: 'issue-classified', category: 'charge' } as const,
  ];
  expect(attributesOf(person(facts))).toEqual({
    callId: expect.stringMatching(/^CA/),
    to: 'billing',
    screen: link,
    reason: 'Was charged twice',
    category: 'charge',
    mood: 'angry',
    tier: 'Pro',
    callerName: 'Dana Miller',
    callerNameVerified: false,
    callerNumber: '+14155550134',
    line: 'acme',
    attempts: [{ solution: 'Reset API key', outcome: 'failed' }],
    facts: { accountTier: 'Pro', callerNumber: '+14155550134', name: 'Dana Miller' },
  });
});

test('keys have no hyphens; what can not be a key, or has keys of its own, is left out', () => {
  const facts = [
    said('order-id', 7),
    said('__proto__', 'x'),
    said('constructor', 'x'),
    said('9', 'x'),
    said('list', { 'a-b': 1 }),
  ];
  expect(attributesOf(person(facts))['facts']).toEqual({ order_id: 7 });
});

test('when there is too much, verified facts go before others, and routing before both', () => {
  const many = Array.from({ length: 60 }, (_, index) => said(`said${index}`, 'x'.repeat(90)));
  const everything = person([...many, ...Array.from({ length: 9 }, (_, index) => tried(`${index}${'账'.repeat(300)}`))]);
  expect(Buffer.byteLength(taskAttributes(everything))).toBeLessThanOrEqual(4_096);
  expect(attributesOf(everything)['attempts']).toHaveLength(5);
  const attributes = attributesOf(person([...many, learned('looked', 'up')], 'r'.repeat(5_000)));
  expect(attributes).toMatchObject({ to: 'billing', screen: link, facts: { looked: 'up', said0: 'x'.repeat(90) } });
  expect(attributes['reason']).toMatch(/^r{1000}…$/);
  expect(attributes['facts']).not.toHaveProperty('said59');
});

const keysOf = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keysOf(inner)])
    : [];

test('whatever is known: JSON of at most 4,096 bytes that names the call, with plain keys', () => {
  const fact = fc.tuple(nastyText, nastyJson).map(([key, value]) => said(key, JSON.parse(JSON.stringify(value) ?? 'null')));
  fc.assert(
    fc.property(
      fc.array(fact, { maxLength: 30 }),
      nastyText,
      fc.constantFrom('', '账'.repeat(4_000)),
      (facts, reason, more) => {
        const text = taskAttributes(person([...facts, tried(more)], reason + more));
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
        const attributes = JSON.parse(text);
        expect(attributes).toMatchObject({ callId: expect.stringMatching(/^CA/), to: 'billing', screen: link });
        if (keepsItsKeys(text)) for (const key of keysOf(attributes)) expect(key).toMatch(/^[A-Za-z]\w*$/);
      },
    ),
    { numRuns: fuzzRuns },
  );
});
