import { describe, expect, it } from 'vitest';
import { SuggestionDesk } from '../../gateway/suggestions.ts';
import { rulesIn } from '../../store/suggestions/rules.ts';
import { callRecord, firstCallAt, handoffOf, MemoryLogs } from '../world/call-records.ts';
import { FakeClock } from '../world/clock.ts';
import { memoryTexts } from '../world/memory-texts.ts';
import { Bench, lineWith } from './call/call-world.ts';

const minute = 60_000;
const hour = 60 * minute;

/** 200 calls of the last hours, of which 160 ended with the specialist after 40 s. */
const world = () => {
  const clock = new FakeClock();
  clock.advance(firstCallAt + 10 * hour - clock.wall());
  const records = Array.from({ length: 200 }, (_, index) => callRecord(index, index % 5 === 0 ? [] : ['technical']));
  const handoffs = records
    .filter((record) => record.handoffs.length > 0)
    .map((record) => handoffOf(record, 'technical', 40_000));
  const logs = new MemoryLogs(records, handoffs);
  const rules = rulesIn(memoryTexts());
  const looks: number[] = [];
  const line = { ...lineWith(new Bench()), name: 'acme' };
  const desk = (served = line) =>
    new SuggestionDesk({
      sources: { calls: logs.calls, handoffs: logs.handoffLog },
      ...{ rules, line: served, clock },
      routes: { look: async () => void looks.push(1) },
    });
  const one = desk();
  const id = async () => (await one.list()).open[0]?.id ?? '';
  return { clock, logs, rules, looks, line, desk, one, id };
};

describe('suggestions', () => {
  it('say what calls show, with the words and the period', async () => {
    const { one } = world();
    const { period, open, accepted, dismissed } = await one.list();
    expect(period).toEqual({
      from: '2025-12-02T10:00:00.000Z',
      until: '2026-01-01T10:00:00.000Z',
      calls: 200,
      isAll: true,
    });
    expect([accepted, dismissed]).toEqual([[], []]);
    expect(open).toMatchObject([
      {
        ...{
          line: 'acme',
          category: 'API key',
          from: 'support',
          to: 'technical',
          n: 200,
          k: 160,
          share: 0.8,
          savesMs: 40_000,
        },
        text: '160 of 200 API key calls ended with technical (95 % Wilson interval 74-85 %): route them directly; saves about 40 s each',
      },
    ]);
  });

  it('show the calls behind them, page by page', async () => {
    const { one, id, logs } = world();
    logs.records.push(callRecord(300, [], { category: 'invoice' }), callRecord(301, [], { turnedAway: 'hours' }));
    const name = await id();
    const first = await one.calls(name, { limit: 150 });
    expect(first?.items).toHaveLength(150);
    expect(first?.items.slice(-5).map(({ endedWith, counted }) => [endedWith, counted])).toEqual([
      ['technical', true],
      ['technical', true],
      ['technical', true],
      ['technical', true],
      ['support', false],
    ]);
    const [at, callId] = Buffer.from(first?.next ?? '', 'base64url')
      .toString()
      .split(' ');
    const rest = await one.calls(name, { limit: 150, cursor: { at: Number(at), id: callId ?? '' } });
    expect([rest?.items.length, rest?.next]).toEqual([50, null]);
    const all = [...(first?.items ?? []), ...(rest?.items ?? [])];
    expect(new Set(all.map((call) => call.callId)).size).toBe(200);
    expect(all.filter(({ counted }) => counted)).toHaveLength(160);
    expect(await one.calls('0000000000000000', { limit: 1 })).toBeUndefined();
  });

  it('are measured once in five minutes, however often somebody asks, and again after the store was away', async () => {
    const { one, logs, clock } = world();
    logs.away = true;
    await expect(one.list()).rejects.toThrow('cut');
    logs.away = false;
    await Promise.all([one.list(), one.list()]);
    expect(logs.reads).toBe(2);
    clock.advance(5 * minute - 1);
    await one.list();
    expect(logs.reads).toBe(2);
  });

  it('are given as they were while they are measured again, but not from an hour ago', async () => {
    const { one, logs, clock } = world();
    expect((await one.list()).period.calls).toBe(200);
    logs.records.push(callRecord(300));
    clock.advance(5 * minute);
    expect((await one.list()).period.calls).toBe(200);
    await expect.poll(async () => (await one.list()).period.calls).toBe(201);
    logs.away = true;
    clock.advance(59 * minute);
    for (let asked = 0; asked < 2; asked += 1) expect((await one.list()).period.calls).toBe(201);
    clock.advance(minute);
    await expect(one.list()).rejects.toThrow('cut');
  });
});

describe('accepting one', () => {
  it('makes it a rule, known here at once, and says who did it and what came of it since', async () => {
    const { one, id, rules, looks, clock, logs } = world();
    const name = await id();
    expect(await one.accept(name, 'Robin')).toMatchObject({
      kind: 'done',
      suggestion: { id: name, state: 'accepted', by: 'Robin', at: '2026-01-01T10:00:00.000Z' },
    });
    expect(looks).toHaveLength(1);
    expect(await rules.of('acme')).toMatchObject([{ id: name, state: 'accepted', evidence: { n: 200, k: 160 } }]);
    const at = 10 * 60;
    for (let index = 0; index < 30; index += 1)
      logs.records.push(callRecord(at + index * 4, [], { agents: ['technical'], handleMs: 120_000 }));
    clock.advance(10 * hour);
    const { open, accepted } = await one.list();
    expect(open).toEqual([]);
    expect(accepted).toMatchObject([
      {
        ...{ id: name, n: 200, k: 160, by: 'Robin' },
        effect: {
          before: { calls: 200, direct: { share: 0 }, handleMs: { p50: 300_000 }, specialistMs: { n: 160, p50: 40_000 } },
          after: { calls: 30, direct: { share: 1 }, handleMs: { p50: 120_000 }, specialistMs: { n: 30, p50: 0 } },
        },
      },
    ]);
  });

  it('twice, or what was dismissed, is refused with words; so is what nobody knows', async () => {
    const { one, id } = world();
    const name = await id();
    await one.accept(name, null);
    const why = /was accepted at 2026-01-01T10:00:00.000Z; withdraw that first/;
    for (const decide of [one.accept(name, null), one.dismiss(name, null)])
      expect(await decide).toMatchObject({ kind: 'refused', status: 409, why: expect.stringMatching(why) });
    await one.withdraw(name);
    await one.dismiss(name, null);
    expect(await one.accept(name, null)).toMatchObject({ status: 409, why: expect.stringContaining('was dismissed') });
    for (const decide of [one.accept('0'.repeat(16), null), one.dismiss('x', null), one.withdraw('x')])
      expect(await decide).toMatchObject({ kind: 'refused', status: 404 });
  });

  it('of two who do it at the same time one is told that it is done already', async () => {
    const { one, desk, id, rules } = world();
    const name = await id();
    const decisions = await Promise.all([one.accept(name, 'a'), desk().accept(name, 'b')]);
    expect(decisions.map(({ kind }) => kind).sort()).toEqual(['done', 'refused']);
    expect(await rules.of('acme')).toHaveLength(1);
  });

  it('is refused where the specialist is no more, or the calls go to another by a rule', async () => {
    const { line, desk, id, rules, one } = world();
    const name = await id();
    const without = { ...line, agents: new Map([...line.agents].filter(([agent]) => agent !== 'technical')) };
    expect(await desk(without).accept(name, null)).toMatchObject({
      status: 409,
      why: 'the line acme has no agent technical any more',
    });
    await one.accept(name, null);
    await rules.change('acme', (all) => ({
      rules: all.map((rule) => ({ ...rule, id: 'other', to: 'billing', category: 'api-key' })),
      answer: undefined,
    }));
    expect(await one.accept(name, null)).toMatchObject({ status: 409, why: expect.stringContaining('go to billing') });
  });

  it('what another process found a moment ago can be accepted here', async () => {
    const { clock, logs, desk } = world();
    const records = logs.records.splice(0);
    const here = desk();
    expect((await here.list()).open).toEqual([]);
    logs.records.push(...records);
    clock.advance(minute);
    const [found] = (await desk().list()).open;
    expect(await here.accept(found?.id ?? '', null)).toMatchObject({ kind: 'done' });
  });
});

describe('dismissing one', () => {
  it('hides it until as many calls of its kind have come as it was based on', async () => {
    const { one, id, clock, logs } = world();
    const name = await id();
    expect(await one.dismiss(name, null)).toMatchObject({ kind: 'done', suggestion: { state: 'dismissed' } });
    expect(await one.list()).toMatchObject({ open: [], dismissed: [{ id: name, callsSince: 0 }] });
    clock.advance(10 * hour);
    const come = (from: number, count: number) => {
      for (let index = from; index < from + count; index += 1) logs.records.push(callRecord(601 + index, ['technical']));
    };
    come(0, 199);
    expect(await one.list()).toMatchObject({ open: [], dismissed: [{ callsSince: 199 }] });
    come(199, 1);
    clock.advance(hour);
    expect(await one.list()).toMatchObject({ open: [{ id: name, n: 400, k: 360 }], dismissed: [] });
    expect(await one.accept(name, null)).toMatchObject({ kind: 'done' });
    expect(await one.list()).toMatchObject({ open: [], accepted: [{ id: name, n: 400 }], dismissed: [] });
  });

  it('lasts for 30 days at most, also where such calls have become rare', async () => {
    const { one, id, clock, logs } = world();
    const name = await id();
    await one.dismiss(name, null);
    for (let day = 0; day < 31; day += 1)
      for (let index = 0; index < 2; index += 1) logs.records.push(callRecord(601 + day * 24 * 60 + index, ['technical']));
    clock.advance(29 * 24 * hour);
    expect(await one.list()).toMatchObject({ open: [], dismissed: [{ id: name }] });
    clock.advance(2 * 24 * hour);
    expect(await one.list()).toMatchObject({ open: [{ id: name }], dismissed: [] });
  });
});

describe('withdrawing', () => {
  it.each(['accept', 'dismiss'] as const)('takes back what somebody did: %s', async (did) => {
    const { one, id, looks, rules } = world();
    const name = await id();
    expect(await one.withdraw(name)).toMatchObject({ kind: 'refused', status: 409 });
    await one[did](name, null);
    expect(await one.withdraw(name)).toMatchObject({ kind: 'done', suggestion: { id: name } });
    expect(looks).toHaveLength(2);
    expect(await rules.of('acme')).toEqual([]);
    expect((await one.list()).open).toHaveLength(1);
  });

  it('a rule that no call speaks for any more can be withdrawn, and its calls are still shown', async () => {
    const { one, id, logs, clock } = world();
    const name = await id();
    await one.accept(name, null);
    clock.advance(40 * 24 * hour);
    expect((await one.list()).accepted).toHaveLength(1);
    expect((await one.calls(name, { limit: 10 }))?.items).toHaveLength(10);
    logs.records.splice(0);
    clock.advance(hour);
    expect(await one.withdraw(name)).toMatchObject({ kind: 'done' });
    expect(await one.withdraw(name)).toMatchObject({ status: 404 });
  });
});
