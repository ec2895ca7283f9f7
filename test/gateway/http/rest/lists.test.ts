import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { callListSchema, eventsSchema, recentCallsSchema, wholeCallSchema } from '../../../../gateway/http/schemas/call.ts';
import { figuresSchema } from '../../../../gateway/http/schemas/figures.ts';
import { handoffListSchema } from '../../../../gateway/http/schemas/handoff.ts';
import { problemSchema } from '../../../../gateway/http/schemas/problem.ts';
import { switchSchema } from '../../../../gateway/http/schemas/switch.ts';
import { bundleDocument } from '../../../../store/context/document.ts';
import { foldCall } from '../../../../store/context/fold.ts';
import { figuresFrom } from '../../../../store/figures/read-figures.ts';
import { fillStores, memoryStores, tellDanasCall } from '../../console/filled-store.ts';
import { callIdOf } from '../../console/records.ts';
import { openConsole } from '../console-world.ts';

const dana = callIdOf(0xdada);

/** An answer that has all that its schema says, and nothing else. */
const exactly = <Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> => {
  const parsed = schema.parse(body);
  expect(parsed).toEqual(body);
  return parsed;
};

describe('lists and figures of a store', () => {
  let world: Awaited<ReturnType<typeof memoryStores>>;
  let port: Awaited<ReturnType<typeof openConsole>>;
  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(port.url + path);
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const callsOf = async (query: string) => exactly(callListSchema, await get(`/api/v1/calls?${query}`));
  const handoffsOf = async (query: string) => exactly(handoffListSchema, await get(`/api/v1/handoffs?${query}`));

  /** The number of all that fit, over all pages. */
  const countCalls = async (query: string): Promise<number> => {
    let count = 0;
    for (let next: string | null = ''; next !== null; ) {
      const page = await callsOf(`${query}&limit=200${next === '' ? '' : `&cursor=${next}`}`);
      count += page.calls.length;
      next = page.next;
    }
    return count;
  };

  beforeAll(async () => {
    world = await memoryStores();
    const { stores, clock } = world;
    await fillStores(world, { days: 20, perDay: 25 });
    await tellDanasCall(stores, dana);
    const eventsOf = async (callId: typeof dana) => (await stores.contexts.load(callId))?.events;
    port = await openConsole({
      clock,
      callLog: stores.calls,
      handoffLog: stores.handoffs,
      readFigures: figuresFrom(stores.tallies, clock.wall),
      recent: (limit) => stores.contexts.recent(limit),
      events: eventsOf,
      bundle: async (callId) => {
        const events = await eventsOf(callId);
        return events === undefined ? undefined : bundleDocument(foldCall(callId, events));
      },
      live: () => [dana],
    });
  });
  afterAll(async () => {
    port.server.close();
    await world.stores.close();
  });

  test('answers are as their schemas say', async () => {
    expect((await callsOf('')).calls).toHaveLength(50);
    expect((await handoffsOf('limit=3')).handoffs).toHaveLength(3);
    expect(exactly(wholeCallSchema, await get(`/api/v1/calls/${dana}`)).record?.callId).toBe(dana);
    const old = (await callsOf('limit=2')).calls.find(({ callId }) => callId !== dana);
    const whole = exactly(wholeCallSchema, await get(`/api/v1/calls/${old?.callId}`)); // its log is not kept any more
    expect([whole.bundle, whole.record?.callId]).toEqual([null, old?.callId]);
    expect(exactly(eventsSchema, await get(`/api/v1/calls/${dana}/events`)).events.length).toBeGreaterThan(20);
    expect(exactly(recentCallsSchema, await get('/api/v1/calls/recent')).calls[0]?.callId).toBe(dana);
    expect(exactly(figuresSchema, await get('/api/v1/figures')).all.calls).toBeGreaterThan(100);
    exactly(switchSchema, await get('/api/v1/switch'));
    exactly(problemSchema, await (await fetch(`${port.url}/api/v1/calls?limit=0`)).json());
  });

  test('pages go on where they ended: each call once, newest first', async () => {
    const seen: string[] = [];
    const times: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page = await callsOf(`limit=37${next === '' ? '' : `&cursor=${next}`}`);
      seen.push(...page.calls.map(({ callId }) => callId));
      times.push(...page.calls.map(({ startedAt }) => startedAt));
      next = page.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(exactly(figuresSchema, await get('/api/v1/figures')).all.calls);
    expect(times).toEqual(times.toSorted().reverse());
  });

  test('what a filter finds is what the figures count', async () => {
    const { all, agents, categories, pairs, people, tools } = exactly(figuresSchema, await get('/api/v1/figures?line=acme'));
    const line = 'line=acme&turnedAway=false';
    expect(await countCalls(line)).toBe(all.calls);
    expect(await countCalls(`${line}&contained=true`)).toBe(all.contained.n);
    expect(await countCalls(`${line}&resolved=yes`)).toBe(all.resolved.n);
    expect(await countCalls(`${line}&resolved=unknown`)).toBe(all.resolutionUnknown.n);
    expect(await countCalls(`${line}&callerConfirmed=true`)).toBe(all.callerConfirmed.n);
    expect(await countCalls(`${line}&toolVerified=true`)).toBe(all.toolVerified.n);
    expect(await countCalls(`${line}&handedOff=true`)).toBe(all.handedOff.n);
    expect(await countCalls(`${line}&transferred=true`)).toBe(all.transferred.n);
    expect(await countCalls(`${line}&callbackAsked=true`)).toBe(all.callbackAsked.n);
    expect(all.callbackAsked.n).toBeGreaterThan(0);
    expect(await countCalls(`${line}&askedAgain=true`)).toBe(all.askedAgain.n);
    expect(await countCalls(`${line}&abandoned=true`)).toBe(all.abandonedInHandoff.n);
    expect(await countCalls(`${line}&repeated=false`)).toBe(all.notRepeated.n);
    expect(await countCalls(`${line}&repeated=true`)).toBe(all.calledAgain.n);
    expect(all.notRepeated.n).toBeLessThan(all.notRepeated.of);
    expect(all.notRepeated.of).toBeLessThan(all.calledAgain.of);
    for (const { agent, calls } of agents) expect(await countCalls(`${line}&agent=${agent}`)).toBe(calls);
    for (const { category, calls } of categories)
      expect(await countCalls(`${line}&category=${encodeURIComponent(category)}`)).toBe(calls);
    expect(people[0]?.requested).toBe(await countCalls(`${line}&person=${encodeURIComponent('Integration team')}`));
    const person = `${line}&person=${encodeURIComponent('Integration team')}`;
    expect(people[0]?.calls).toBe(await countCalls(person));
    expect(people[0]?.acceptedCalls).toBe(await countCalls(`${person}&personTook=true`));
    for (const [outcome, calls] of Object.entries(people[0]?.callsByOutcome ?? {}))
      expect([outcome, calls]).toEqual([outcome, await countCalls(`${person}&personOutcome=${outcome}`)]);
    for (const { tool, calls, failedCalls, timedOutCalls } of tools) {
      const of = (query: string) => countCalls(`${line}&tool=${tool}${query}`);
      expect([tool, calls, failedCalls, timedOutCalls]).toEqual([
        tool,
        await of(''),
        await of('&toolStatus=error'),
        await of('&toolStatus=timeout'),
      ]);
    }
    expect(tools[0]?.failedCalls).toBeGreaterThan(0);
    for (const { from, to, requested } of pairs)
      expect((await handoffsOf(`line=acme&pairFrom=${from}&pairTo=${to}&limit=200`)).handoffs).toHaveLength(requested);
    expect(all.resolved.n).toBeGreaterThan(0);
  });

  test('a day is in its period from its first moment to its last, a time is the end', async () => {
    const { calls } = await callsOf('from=2025-12-30&to=2025-12-30&limit=200');
    expect(calls.length).toBeGreaterThan(5);
    expect(new Set(calls.map(({ startedAt }) => startedAt.slice(0, 10)))).toEqual(new Set(['2025-12-30']));
    const middle = calls[3]?.startedAt ?? '';
    const before = (await callsOf(`from=2025-12-30&to=${middle}&limit=200`)).calls;
    expect(before).toEqual(calls.slice(4));
    expect((await callsOf(`from=${middle}&to=2025-12-30&limit=200`)).calls).toEqual(calls.slice(0, 4));
  });

  test('a period may be as short as it likes, but not end before it begins', async () => {
    expect((await callsOf('from=2025-12-30T23:59:59Z&to=2025-12-30')).calls).toEqual([]);
    expect((await callsOf('from=2025-12-30T10:00:00Z&to=2025-12-30T10:00:00Z')).calls).toEqual([]);
  });

  test('handoffs of one call, and filters on them', async () => {
    expect((await handoffsOf(`callId=${dana}`)).handoffs.map(({ callId }) => callId)).toEqual([dana]);
    expect((await handoffsOf(`callId=${dana}&outcome=failed`)).handoffs).toEqual([]);
    expect((await handoffsOf(`callId=${dana}&to=2025-12-30`)).handoffs).toEqual([]);
    const failed = (await handoffsOf('outcome=failed&limit=200')).handoffs;
    expect(new Set(failed.map(({ outcome }) => outcome))).toEqual(new Set(['failed']));
  });

  test.each([
    ['/calls?limit=201', 'limit must be a whole number from 1 to 200'],
    ['/calls?limit=1e2', 'limit must'],
    ['/calls?limit=', 'limit must'],
    ['/calls?cursor=none', 'cursor must be the `next`'],
    ['/calls?resolved=maybe', 'resolved must be yes, no or unknown'],
    ['/calls?contained=1', 'contained must be true or false'],
    ['/calls?from=2025-02-30', 'from must be a day like'],
    ['/calls?to=yesterday', 'to must be a day like'],
    ['/calls?colour=red', '"colour" is no parameter here; there are limit, cursor'],
    ['/calls?__proto__=1', '"__proto__" is no parameter here'],
    ['/calls?line=a&line=b', '"line" is there twice'],
    [`/calls?line=${'x'.repeat(201)}`, 'line must have at most 200 characters'],
    [`/calls/${dana}?limit=1`, '"limit" is no parameter here; there are no parameters'],
    ['/calls/recent?from=2025-01-01', '"from" is no parameter here'],
    ['/handoffs?outcome=good', 'outcome must be committed, refused or failed'],
    ['/handoffs?callId=CA1', 'callId must be CA and 32 hex digits'],
    ['/calls?from=2026-11-28&to=2026-11-01', 'from must not be after to: 2026-11-28 is after 2026-11-01'],
    ['/calls?from=2026-11-28&to=2026-11-27', 'from must not be after to'],
    ['/calls?from=2026-11-28T09:00:00Z&to=2026-11-27', 'from must not be after to'],
    ['/calls?from=2026-11-28T09:00:00Z&to=2026-11-28T08:59:59Z&format=csv', 'from must not be after to'],
    ['/handoffs?from=2026-11-28&to=2026-11-01', 'from must not be after to'],
    [`/handoffs?callId=${dana}&from=2026-11-28&to=2026-11-01`, 'from must not be after to'],
    ['/figures?from=2026-11-28&to=2026-11-01', 'from must not be after to'],
    ['/figures?from=2026-01-02', 'from must not be after to'],
    ['/figures?from=2020-01-01', 'from must be at most 400 days'],
    ['/figures?from=2025-12-01T00:00:00Z', 'from must be a day like 2026-11-28'],
    ['/figures?table=sums&format=csv', 'table must be days, all'],
  ])('%s: 400 with the name and what is allowed', async (path, words) => {
    const answer = await fetch(`${port.url}/api/v1${path}`);
    expect([answer.status, await answer.json()]).toMatchObject([400, { detail: expect.stringContaining(words) }]);
  });

  test('figures of the last 30 days when nothing is asked for', async () => {
    expect(await get('/api/v1/figures')).toMatchObject({ from: '2025-12-03', to: '2026-01-01', line: null });
    expect(await get('/api/v1/figures?to=2025-12-20')).toMatchObject({ from: '2025-11-21', to: '2025-12-20' });
  });
});
