import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CallId, epoch, term, wallTime } from '../../../infra/brand.ts';
import { systemClock } from '../../../infra/clock.ts';
import { analyseCall } from '../../../store/calls/analyse-call.ts';
import type { RecordGround } from '../../../store/calls/record-of.ts';
import type { ContextFact } from '../../../store/context/event.ts';
import { figuresFrom } from '../../../store/figures/read-figures.ts';
import { knownPrices } from '../../../store/price-table.ts';
import { openStores, type Stores } from '../../../store/stores.ts';
import { newCallId } from '../../contracts/context-store.ts';

const day = 86_400_000;
const first = Date.now() - 20 * day;
const ground: RecordGround = {
  prices: knownPrices,
  hashOf: (number) => `hash ${number}`,
  callerSays: (messages) => messages.map((message) => ({ isSolved: true, message })),
};

let stores: Stores;
beforeEach(async () => {
  const log = { info: () => {}, warn: () => {} };
  stores = await openStores({ kind: 'sqlite', path: ':memory:' }, { clock: systemClock, log });
});
afterEach(() => stores.close());

interface Told {
  readonly turnedAway?: true;
  readonly from?: string;
  readonly line?: string;
  readonly category?: string;
}

/** A call that is in the store: `at` ms after the first one. */
const called = async (at: number, { from = '+1415', line = 'acme', category, turnedAway }: Told = {}): Promise<CallId> => {
  const callId = newCallId();
  const facts: readonly ContextFact[] = [
    { type: 'call-started', from, to: '+1', line, ivr: {} },
    turnedAway
      ? { type: 'call-turned-away', why: 'hours', to: 'number' }
      : { type: 'bound', agent: 'support', epoch: epoch(1), cause: 'answer' },
    { type: 'caller-said', turn: 't1', text: 'It works now.' },
    ...(category === undefined ? [] : [{ type: 'issue-classified', category } as const]),
    { type: 'call-ended', reason: 'agent-ended', resolved: true, owesGoodbye: false },
  ];
  const events = facts.map((fact, index) => ({ ...fact, seq: index + 1, term: term(1), at: wallTime(first + at + index) }));
  await stores.contexts.append({ callId, term: term(1), owner: 'test', events });
  return callId;
};

const repeatOf = async (callId: CallId) => (await stores.calls.get(callId))?.resolution.repeatedAt;
const isoAt = (at: number): string => new Date(first + at).toISOString();
const days = { from: new Date(first - day).toISOString().slice(0, 10), to: new Date().toISOString().slice(0, 10) };
const figures = () => figuresFrom(stores.tallies, () => systemClock.wall())(days);

it('writes the record and the figures, and doing it twice changes nothing', async () => {
  const callId = await called(0, { category: 'API key' });
  const [record] = await analyseCall(stores, callId, ground);
  await analyseCall(stores, callId, ground);
  expect(await stores.calls.get(callId)).toEqual(record);
  expect((await figures()).all).toMatchObject({ calls: 1, callerConfirmed: { n: 1, of: 1 }, notRepeated: { n: 1, of: 1 } });
});

it.each([
  ['in order', (ids: readonly CallId[]) => ids],
  ['the other way round', (ids: readonly CallId[]) => ids.toReversed()],
  ['in any order', ([a, b, c, ...more]: readonly CallId[]) => [a, c, b, ...more].filter((id) => id !== undefined)],
])('a caller who calls again within seven days had a problem that was not solved; analysed %s', async (_, order) => {
  const ids = [await called(0), await called(3 * day), await called(4 * day), await called(12 * day)];
  for (const callId of order(ids)) await analyseCall(stores, callId, ground);
  expect(await Promise.all(ids.map(repeatOf))).toEqual([isoAt(3 * day), isoAt(4 * day), null, null]);
  expect((await figures()).all).toMatchObject({ calls: 4, resolved: { n: 2, of: 4 }, notRepeated: { n: 2, of: 4 } });
});

it.each<[string, Told, Told, boolean]>([
  ['another caller', {}, { from: '+1416' }, false],
  ['another line', {}, { line: 'other' }, false],
  ['another issue', { category: 'API key' }, { category: 'billing' }, false],
  ['a call that agents did not take', { turnedAway: true }, {}, false],
  ['the same issue', { category: 'API key' }, { category: 'API key' }, true],
  ['an issue that nobody named', { category: 'API key' }, {}, true],
])('%s: repeats the call before: %#', async (...[, one, two, is]) => {
  const [before, after] = [await called(0, one), await called(day, two)];
  for (const callId of [before, after]) await analyseCall(stores, callId, ground);
  expect(await repeatOf(before)).toBe(is ? isoAt(day) : null);
});

it('a caller who hides their number repeats nobody', async () => {
  const hidden = { ...ground, hashOf: () => null };
  const [before, after] = [await called(0), await called(day)];
  for (const callId of [before, after]) await analyseCall(stores, callId, hidden);
  expect(await repeatOf(before)).toBeNull();
  expect((await figures()).all.notRepeated.of).toBe(0);
});

it('what a model made of the words stays when the job runs again by rules', async () => {
  const callId = await called(0, { category: 'login' });
  const [record] = await analyseCall(stores, callId, ground);
  if (record === undefined) throw new Error('no record');
  const judged = {
    ...record,
    category: 'API key',
    solvedBy: null,
    judgedBy: 'model',
    resolution: { ...record.resolution, caller: false },
  } as const;
  await stores.calls.write(judged);
  await analyseCall(stores, callId, ground);
  expect(await stores.calls.get(callId)).toEqual(judged);
  expect((await figures()).categories.map(({ category }) => category)).toEqual(['API key']);
});

it('a call of which nothing is known has no record', async () => {
  const callId = newCallId();
  expect(await analyseCall(stores, callId, ground)).toEqual([]);
  expect(await stores.calls.get(callId)).toBeUndefined();
});

it('two calls of a caller that are looked into at the same time see each other', async () => {
  for (let pair = 0; pair < 10; pair += 1) {
    const from = `+1415555${pair}`;
    const [one, other] = [await called(pair, { from }), await called(pair + day, { from })];
    await Promise.all([one, other].map((callId) => analyseCall(stores, callId, ground)));
    expect([await repeatOf(one), await repeatOf(other)]).toEqual([isoAt(pair + day), null]);
  }
});

it('a caller who calls every hour repeats each call, in whatever order they are looked into', async () => {
  const calls: CallId[] = [];
  for (let index = 0; index < 90; index += 1) calls.push(await called(index * 3_600_000));
  for (const callId of calls.toReversed()) await analyseCall(stores, callId, ground);
  for (const callId of calls) await analyseCall(stores, callId, ground);
  const marks = await Promise.all(calls.map(repeatOf));
  expect(marks).toEqual(calls.map((_, index) => (index === 89 ? null : isoAt((index + 1) * 3_600_000))));
});

it('a category is the same however it is spelt', async () => {
  const one = await called(0, { category: 'API key' });
  const other = await called(day, { category: 'api-key' });
  for (const callId of [one, other]) await analyseCall(stores, callId, ground);
  expect(await repeatOf(one)).toBe(isoAt(day));
});
