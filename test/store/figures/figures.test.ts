import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallTime } from '../../../infra/brand.ts';
import { openSqlite } from '../../../infra/sqlite.ts';
import { callsFitting } from '../../../store/calls/filter.ts';
import { type CallRecord, isResolved } from '../../../store/calls/record.ts';
import type { Figures } from '../../../store/figures/figures.ts';
import { figuresFrom } from '../../../store/figures/read-figures.ts';
import { SqliteTallies, tallyTables } from '../../../store/figures/sqlite-tallies.ts';
import { updateCallFigures, updateHandoffFigures } from '../../../store/figures/update.ts';
import type { HandoffRecord } from '../../../store/handoffs/record.ts';
import { callAt } from '../../contracts/call-log.ts';
import { newCallId } from '../../contracts/context-store.ts';
import { recordAt } from '../../contracts/handoff-log.ts';
import { FakeClock } from '../../world/clock.ts';

const period = { from: '2025-12-01', to: '2025-12-31' };
const now = () => wallTime(Date.UTC(2026, 0, 1));

const withTallies = async <Result>(act: (tallies: SqliteTallies) => Promise<Result>): Promise<Result> => {
  const sqlite = openSqlite(':memory:');
  try {
    await sqlite.run('prepare', tallyTables);
    return await act(new SqliteTallies(sqlite, { clock: new FakeClock(), keepDays: 400 }));
  } finally {
    await sqlite.close();
  }
};

const figuresOf = (
  calls: readonly CallRecord[],
  handoffs: readonly HandoffRecord[] = [],
  query: object = {},
): Promise<Figures> =>
  withTallies(async (tallies) => {
    for (const record of calls) await updateCallFigures(tallies, record);
    for (const record of handoffs) await updateHandoffFigures(tallies, record);
    return await figuresFrom(tallies, now)({ ...period, ...query });
  });

const verdict = fc.constantFrom(true, false, null);
const moment = fc.constantFrom(null, '2025-12-01T10:00:30.000Z', '2025-12-01T10:01:00.000Z');
const anyCall: fc.Arbitrary<CallRecord> = fc
  .record({
    day: fc.integer({ min: 1, max: 31 }),
    line: fc.constantFrom('acme', 'other'),
    category: fc.constantFrom('API key', 'billing', null),
    caller: fc.constantFrom('one', null),
    contained: verdict,
    turnedAway: fc.constantFrom(null, null, null, 'hours'),
    resolution: fc.record({
      agent: verdict,
      caller: verdict,
      tool: verdict,
      callerAt: moment,
      toolAt: moment,
      repeatedAt: fc.constantFrom(null, '2025-12-31T00:00:00.000Z'),
    }),
    handleMs: fc.integer({ min: 0, max: 3_600_000 }),
    usdMicros: fc.constantFrom(null, 41_000, 250_000),
    agents: fc.constantFrom(['support'], ['support', 'technical'], ['support', 'technical', 'support']),
    askedAgain: fc.constantFrom(0, 2),
  })
  .map(({ day, usdMicros, ...rest }) => {
    const at = `2025-12-${String(day).padStart(2, '0')}T10:00:00.000Z`;
    return callAt(newCallId(), 0, {
      ...rest,
      startedAt: at,
      endedAt: at,
      cost: { usdMicros, asOf: null },
      handoffs: rest.agents.length > 1 ? [{ from: 'support', to: 'technical' }] : [],
    });
  });

const share = (n: number, of: number) => ({ n, of, share: of === 0 ? null : n / of });
const shareOf = (calls: readonly CallRecord[], verdictOf: (call: CallRecord) => boolean | null) => {
  const known = calls.filter((call) => verdictOf(call) !== null);
  return share(known.filter((call) => verdictOf(call) === true).length, known.length);
};

/** The same figures, counted one by one. */
const counted = (calls: readonly CallRecord[]) => {
  const taken = calls.filter(({ turnedAway }) => turnedAway === null);
  const priced = taken.filter(({ cost }) => cost?.usdMicros != null);
  const usd = priced.reduce((sum, { cost }) => sum + (cost?.usdMicros ?? 0), 0) / 1e6;
  const pricedAndResolved = priced.filter((call) => isResolved(call) === true).length;
  const settled = taken.filter(({ caller, startedAt }) => caller !== null && startedAt < '2025-12-25');
  return {
    calls: taken.length,
    turnedAway: calls.length - taken.length,
    contained: shareOf(taken, ({ contained }) => contained),
    resolved: shareOf(taken, isResolved),
    resolutionUnknown: share(taken.filter((call) => isResolved(call) === null).length, taken.length),
    callerConfirmed: shareOf(taken, ({ resolution }) => resolution.caller),
    toolVerified: shareOf(taken, ({ resolution }) => resolution.tool),
    agentClaimed: shareOf(taken, ({ resolution }) => resolution.agent),
    notRepeated: share(settled.filter(({ resolution }) => resolution.repeatedAt === null).length, settled.length),
    handedOff: share(taken.filter(({ handoffs }) => handoffs.length > 0).length, taken.length),
    askedAgain: share(taken.filter(({ askedAgain }) => askedAgain > 0).length, taken.length),
    costPerCall: { usd: priced.length === 0 ? null : usd / priced.length, n: priced.length },
    costPerResolved: { usd: pricedAndResolved === 0 ? null : usd / pricedAndResolved, n: pricedAndResolved },
  };
};

/** Within the 2.5 % of a bucket; 1 ms more for rounding. */
const expectNear = (found: number | null, sorted: readonly number[], at: number): void => {
  const exact = sorted[Math.max(0, Math.ceil(at * sorted.length) - 1)];
  if (exact === undefined) expect(found).toBeNull();
  else expect(Math.abs((found ?? -1) - exact)).toBeLessThanOrEqual(exact * 0.025 + 1);
};

const expectSame = (figures: Figures['all'], calls: readonly CallRecord[]): void => {
  const { costPerCall, costPerResolved, ...exact } = counted(calls);
  expect(figures).toMatchObject(exact);
  expect([figures.costPerCall.n, figures.costPerResolved.n]).toEqual([costPerCall.n, costPerResolved.n]);
  expect(figures.costPerCall.usd ?? -1).toBeCloseTo(costPerCall.usd ?? -1, 9);
  expect(figures.costPerResolved.usd ?? -1).toBeCloseTo(costPerResolved.usd ?? -1, 9);
  const costs = calls
    .flatMap(({ turnedAway, cost }) => (turnedAway === null ? (cost?.usdMicros ?? []) : []))
    .sort((a, b) => a - b);
  const micros = (usd: number | null) => (usd === null ? null : usd * 1_000_000);
  expectNear(micros(figures.costPerCall.p50), costs, 0.5);
  expectNear(micros(figures.costPerCall.p99), costs, 0.99);
  const times = calls.flatMap(({ turnedAway, handleMs }) => (turnedAway === null ? [handleMs] : [])).sort((a, b) => a - b);
  expect(figures.handleMs.n).toBe(times.length);
  expectNear(figures.handleMs.p50, times, 0.5);
  expectNear(figures.handleMs.p95, times, 0.95);
  expectNear(figures.handleMs.p99, times, 0.99);
};

describe('figures of calls', () => {
  it('a category in several spellings is one, shown as most spell it, and is found in each', async () => {
    const spellings = ['api-key', 'API key', 'API  Key', 'API key', 'Api~key', null];
    const calls = spellings.map((category, index) => ({ ...callAt(newCallId(), index), category }));
    const { categories } = await figuresOf(calls, [], { from: '2020-01-01', to: '2030-01-01' });
    expect(categories.map(({ category, calls: n }) => [category, n])).toEqual([
      ['API key', 4],
      ['Api-key', 1],
      ['uncategorised', 1],
    ]);
    const found = (category: string) => calls.filter((record) => callsFitting(now())(record, { category })).length;
    expect(['API key', 'API-KEY', 'uncategorised', 'login'].map(found)).toEqual([4, 4, 1, 0]);
  });

  it('are those that one gets by counting the records, for all, for each category, agent and line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCall, { maxLength: 40 }), async (calls) => {
        const figures = await figuresOf(calls);
        expectSame(figures.all, calls);
        const taken = calls.filter(({ turnedAway }) => turnedAway === null);
        const categories = new Set(taken.map(({ category }) => category ?? 'uncategorised'));
        expect(new Set(figures.categories.map(({ category }) => category))).toEqual(categories);
        for (const { category, ...ofCategory } of figures.categories)
          expectSame(
            ofCategory,
            taken.filter((call) => (call.category ?? 'uncategorised') === category),
          );
        for (const { agent, ...ofAgent } of figures.agents)
          expectSame(
            ofAgent,
            taken.filter(({ agents }) => agents.includes(agent)),
          );
        const ofLine = await figuresOf(calls, [], { line: 'other' });
        expectSame(
          ofLine.all,
          calls.filter(({ line }) => line === 'other'),
        );
        expect(figures.days.reduce((sum, { calls: ofDay }) => sum + ofDay, 0)).toBe(taken.length);
        expect(figures.days.map(({ day }) => day)).toEqual(figures.days.map(({ day }) => day).sort());
      }),
      { numRuns: 15 },
    );
  });

  it('a record that changes is counted as it is now, and twice the same is once', async () => {
    const record = callAt(newCallId(), 1);
    const changed: CallRecord = { ...record, category: 'billing', resolution: { ...record.resolution, caller: false } };
    const { all, categories } = await figuresOf([record, record, changed, changed]);
    expect([all.calls, all.resolved]).toEqual([1, share(0, 1)]);
    expect(categories.map(({ category }) => category)).toEqual(['billing']);
  });

  it('tools by use, with percentiles and failures; people by outcome', async () => {
    const uses = [100, 110, 5_000].map((ms) => ({ tool: 'checkApiLogs', agent: 'technical', status: 'ok' as const, ms }));
    const tools = [...uses, { tool: 'resetApiKey', agent: 'support', status: 'error' as const, ms: null }];
    const transfers = [
      { to: 'ana', way: 'warm', requestedAt: null, outcome: 'finished', wasAccepted: true, talkMs: 60_000 },
      { to: 'ana', way: 'warm', requestedAt: null, outcome: 'no-answer', wasAccepted: false, talkMs: null },
    ] as const;
    const figures = await figuresOf([callAt(newCallId(), 1, { tools, transfers })]);
    expect(
      figures.tools.map(({ tool, uses: n, failed, calls, failedCalls }) => [tool, n, failed.n, calls, failedCalls]),
    ).toEqual([
      ['checkApiLogs', 3, 0, 1, 0],
      ['resetApiKey', 1, 1, 1, 1],
    ]);
    expectNear(figures.tools[0]?.ms.p50 ?? null, [100, 110, 5_000], 0.5);
    expectNear(figures.tools[0]?.ms.p99 ?? null, [100, 110, 5_000], 0.99);
    expect(figures.people).toMatchObject([
      { person: 'ana', requested: 2, accepted: share(1, 2), byOutcome: { finished: 1, 'no-answer': 1 } },
    ]);
    expect(figures.people).toMatchObject([{ calls: 1, acceptedCalls: 1, callsByOutcome: { finished: 1, 'no-answer': 1 } }]);
  });

  it('what a model or a line calls things stays one name, without control characters and not endless', async () => {
    const { categories } = await figuresOf([callAt(newCallId(), 1, { category: `a\u0000b\n${'x'.repeat(500)}` })]);
    expect(categories.map(({ category }) => category)).toEqual([`a b ${'x'.repeat(76)}`]);
  });
});

describe('figures of handoffs', () => {
  const call = newCallId();
  const on = (minute: number, changes: Partial<HandoffRecord>): HandoffRecord => ({
    ...recordAt(call, minute),
    requestedAt: `2025-12-30T10:0${minute}:00.000Z`,
    ...changes,
  });
  const none = { silenceMs: null, firstAudioMs: null, helpfulMs: null, factsCarried: null, handedBack: null };
  const records: readonly HandoffRecord[] = [
    on(1, { silenceMs: 40, helpfulMs: 700 }),
    on(2, { silenceMs: 400, helpfulMs: 2_000, handedBack: true, leftOut: ['2 turns'], askedAgain: [], factsCarried: 6 }),
    on(3, { ...none, outcome: 'refused', why: 'first-turn', trigger: null, askedAgain: [], foreseen: null }),
    on(4, { from: 'technical', to: 'support', silenceMs: 0, helpfulMs: null, askedAgain: [], category: null }),
  ];

  it('count outcomes, dead air, the time to the first helpful word, and who hands to whom', async () => {
    const { handoffs, pairs, categories } = await figuresOf([], records);
    expect(handoffs).toMatchObject({
      requested: 4,
      committed: share(3, 4),
      refused: 1,
      failed: 0,
      factsCarried: 14,
      carriedAll: share(2, 3),
      askedAgain: share(1, 3),
      handedBack: share(1, 3),
      byTrigger: { 'attempts-failed': 3, none: 1 },
    });
    expect([handoffs.deadAirMs.n, handoffs.helpfulMs.n]).toEqual([3, 2]);
    expectNear(handoffs.deadAirMs.p50, [0, 40, 400], 0.5);
    expectNear(handoffs.helpfulMs.p99, [700, 2_000], 0.99);
    expect(pairs.map(({ from, to, requested }) => [from, to, requested])).toEqual([
      ['support', 'technical', 3],
      ['technical', 'support', 1],
    ]);
    expect(categories.map(({ category, handoffs: of }) => [category, of.requested])).toEqual([
      ['API key', 3],
      ['uncategorised', 1],
    ]);
  });
});
