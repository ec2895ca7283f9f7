import { describe, expect, it } from 'vitest';
import type { CallRecord } from '../../../store/calls/record.ts';
import { type Rule, suggestionId } from '../../../store/suggestions/rules.ts';
import { effectOf, survey } from '../../../store/suggestions/survey.ts';
import { callRecord, firstCallAt, handoffOf, MemoryLogs } from '../../world/call-records.ts';

const minute = 60_000;
/** In minutes, and a little more. */
const month = 31 * 1_440;
const acceptedAt = firstCallAt + 100 * minute;
const way = { line: 'acme', category: 'API key', from: 'support', to: 'technical' };
const rule: Rule = {
  ...{ id: suggestionId(way), ...way, state: 'accepted', by: null },
  at: new Date(acceptedAt).toISOString(),
  evidence: { n: 200, k: 160, savesMs: null, from: '2026-01-01T00:00:00.000Z', until: '2026-01-02T00:00:00.000Z' },
};
const solved = (caller: boolean | null) => ({
  agent: null,
  caller,
  tool: null,
  callerAt: null,
  toolAt: null,
  repeatedAt: null,
});

describe('what came of a rule', () => {
  it('is measured on calls of its kind since, and as long before', async () => {
    // Before: support had ten calls; eight went on to the specialist after 60 s, and took ten minutes.
    const before = Array.from({ length: 10 }, (_, index) =>
      callRecord(60 + index, index < 8 ? ['technical'] : [], { handleMs: 600_000, resolution: solved(index < 4) }),
    );
    // After: the specialist answered six, support four, of which two went on after 20 s.
    const direct = Array.from({ length: 6 }, (_, index) =>
      callRecord(110 + index, [], { agents: ['technical'], handleMs: 240_000, resolution: solved(index < 5) }),
    );
    const others = Array.from({ length: 4 }, (_, index) =>
      callRecord(120 + index, index < 2 ? ['technical'] : [], { handleMs: 480_000, resolution: solved(null) }),
    );
    const noise: CallRecord[] = [
      callRecord(20, ['technical'], { handleMs: 1 }), // long before
      callRecord(65, ['technical'], { category: 'invoice', handleMs: 1 }),
      callRecord(66, ['technical'], { line: 'other', handleMs: 1 }),
      callRecord(67, [], { turnedAway: 'hours', handleMs: 1 }),
      callRecord(68, [], { agents: ['billing'], handleMs: 1 }),
    ];
    const sped = (records: readonly CallRecord[], ms: number) =>
      records.filter(({ handoffs }) => handoffs.length > 0).map((record) => handoffOf(record, 'technical', ms));
    const logs = new MemoryLogs(
      [...before, ...direct, ...others, ...noise],
      [...sped(before, 60_000), ...sped(others, 20_000)],
    );
    const effect = await effectOf({ calls: logs.calls, handoffs: logs.handoffLog }, rule, acceptedAt + 50 * minute);
    expect(effect).toEqual({
      before: {
        from: new Date(acceptedAt - 50 * minute).toISOString(),
        until: rule.at,
        calls: 10,
        isAll: true,
        direct: { n: 0, of: 10, share: 0 },
        handleMs: { n: 10, p50: 600_000 },
        handoffs: { n: 10, total: 8, perCall: 0.8 },
        resolved: { n: 4, of: 10, share: 0.4 },
        specialistMs: { n: 8, p50: 60_000 },
      },
      after: {
        from: rule.at,
        until: new Date(acceptedAt + 50 * minute).toISOString(),
        calls: 10,
        isAll: true,
        direct: { n: 6, of: 10, share: 0.6 },
        handleMs: { n: 10, p50: 240_000 },
        handoffs: { n: 10, total: 2, perCall: 0.2 },
        resolved: { n: 5, of: 6, share: 5 / 6 },
        specialistMs: { n: 8, p50: 0 },
      },
    });
  });

  it('is nothing yet when it was just accepted', async () => {
    const logs = new MemoryLogs([callRecord(99, ['technical']), callRecord(101)]);
    const { before, after } = await effectOf({ calls: logs.calls, handoffs: logs.handoffLog }, rule, acceptedAt);
    expect([before.calls, after.calls]).toEqual([0, 0]);
    expect(after).toMatchObject({ handleMs: { n: 0, p50: null }, handoffs: { perCall: null }, resolved: { share: null } });
  });

  it('is compared over 30 days at most', async () => {
    const logs = new MemoryLogs();
    const now = acceptedAt + 90 * 86_400_000;
    const { before, after } = await effectOf({ calls: logs.calls, handoffs: logs.handoffLog }, rule, now);
    expect([before.from, after.until]).toEqual([
      new Date(acceptedAt - 30 * 86_400_000).toISOString(),
      new Date(acceptedAt + 30 * 86_400_000).toISOString(),
    ]);
  });
});

describe('a survey', () => {
  it('reads the last 30 days, and measures what is saved on calls that were handed over', async () => {
    const old = Array.from({ length: 60 }, (_, index) => callRecord(index, ['technical']));
    const records = Array.from({ length: 120 }, (_, index) => callRecord(month + index, ['technical']));
    const handoffs = records.map((record, index) => handoffOf(record, 'technical', index % 2 === 0 ? 30_000 : 50_000));
    const logs = new MemoryLogs([...old, ...records], handoffs);
    const now = firstCallAt + (month + 200) * minute;
    const found = await survey({ calls: logs.calls, handoffs: logs.handoffLog }, now);
    expect(found).toMatchObject({ looked: 120, isAll: true });
    expect(found.findings).toMatchObject([{ n: 120, k: 120, savesMs: 40_000 }]);
    expect(logs.reads).toBe(1);
  });
});
