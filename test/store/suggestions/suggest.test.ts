import { describe, expect, it } from 'vitest';
import type { CallRecord } from '../../../store/calls/record.ts';
import { Evidence, median, reachedAfter, suggestionText } from '../../../store/suggestions/suggest.ts';
import { Dice } from '../../sim/dice.ts';
import { callRecord, firstCallAt, handoffOf } from '../../world/call-records.ts';

const evidenceOf = (records: readonly CallRecord[]): Evidence => {
  const evidence = new Evidence();
  for (const record of records) evidence.add(record);
  return evidence;
};
const findings = (records: readonly CallRecord[]) => evidenceOf(records).findings();

/** `k` of `n` calls ended with the specialist. */
const calls = (k: number, n: number, change: Partial<CallRecord> = {}): CallRecord[] =>
  Array.from({ length: n }, (_, index) => callRecord(n - index, index < k ? ['technical'] : [], change));

describe('what calls suggest', () => {
  it('160 of 200 calls that ended with the specialist', () => {
    const [found, ...others] = findings(calls(160, 200));
    expect(others).toEqual([]);
    expect(found).toMatchObject({ line: 'acme', category: 'API key', from: 'support', to: 'technical', n: 200, k: 160 });
    expect(found?.interval.low).toBeCloseTo(0.7391, 4);
    expect(found?.newest).toHaveLength(100);
    expect(found?.newest[0]?.callId).toBe(callRecord(200).callId);
  });

  it.each([
    [49, 49, false],
    [50, 50, true],
    [38, 50, false], // 62.6 %
    [40, 50, true], // 67.0 %
    [142, 200, false], // 64.4 %
    [144, 200, true], // 65.4 %
  ])('%i of %i: %s', (k, n, isSure) => {
    expect(findings(calls(k, n))).toHaveLength(isSure ? 1 : 0);
  });

  it('a call that the specialist handed back, or on, did not end with it', () => {
    const back = Array.from({ length: 60 }, (_, index) => callRecord(index, ['technical', 'support']));
    const backAndForth = Array.from({ length: 60 }, (_, index) => callRecord(index, ['technical', 'support', 'technical']));
    expect(findings(back)).toEqual([]);
    expect(findings(backAndForth)).toEqual([]);
    const onward = findings(Array.from({ length: 60 }, (_, index) => callRecord(index, ['billing', 'technical'])));
    expect(onward.map(({ to, k }) => [to, k])).toEqual([['technical', 60]]);
  });

  it('calls that were turned away, are about nothing, or that nobody answered say nothing', () => {
    expect(findings(calls(60, 60, { turnedAway: 'hours' }))).toEqual([]);
    expect(findings(calls(60, 60, { category: null }))).toEqual([]);
    expect(findings(calls(60, 60, { agents: [] }))).toEqual([]);
  });

  it('a category is one however it is spelt, and is called as most do', () => {
    const spelt = ['API key', 'api-key', 'API key ', 'Api_Key', 'API key'];
    const records = calls(60, 60).map((record, index) => ({ ...record, category: spelt[index % 5] ?? null }));
    expect(findings(records)).toMatchObject([{ category: 'API key', n: 60, k: 60 }]);
  });

  it('lines, categories and agents who answer are told apart', () => {
    const of = (change: Partial<CallRecord>) => calls(30, 30, change);
    expect(findings([...of({}), ...of({ line: 'other' })])).toEqual([]);
    expect(findings([...of({}), ...of({ category: 'SDK' })])).toEqual([]);
    expect(findings([...of({}), ...of({ agents: ['billing', 'technical'] })])).toEqual([]);
  });

  it('what came since is counted', () => {
    const evidence = evidenceOf(calls(60, 60));
    const way = { line: 'acme', category: 'api key', from: 'support', to: 'technical' };
    expect(evidence.since(way, firstCallAt + 50 * 60_000)).toBe(10);
    expect(evidence.since({ ...way, line: 'other' }, 0)).toBe(0);
    expect(evidence.lines).toEqual(['acme']);
  });

  const suggestedIn = (share: number): number => {
    let suggested = 0;
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const dice = new Dice(seed);
      const n = 50 + dice.below(150);
      const records = Array.from({ length: n }, (_, index) => callRecord(index, dice.chance(share) ? ['technical'] : []));
      if (findings(records).length > 0) suggested += 1;
    }
    return suggested;
  };

  it('by chance hardly anything is suggested: of 1,000 lines where half of the calls end there, under 1 %', () => {
    expect(suggestedIn(0.5)).toBeLessThan(10);
  });

  it('and at the border no more than the interval leaves open, where what is clear is always found', () => {
    expect(suggestedIn(0.65)).toBeLessThan(50);
    expect(suggestedIn(0.95)).toBeGreaterThan(990);
  });
});

describe('what it saves', () => {
  it('is the time until the specialist had the caller the first time', () => {
    const call = callRecord(1, ['technical']);
    const failed = { ...handoffOf(call, 'technical', 10_000), outcome: 'failed' } as const;
    const handoffs = [handoffOf(call, 'technical', 90_000), failed, handoffOf(call, 'billing', 5_000)];
    expect(reachedAfter(call, [...handoffs, handoffOf(call, 'technical', 41_000)], 'technical')).toBe(41_000);
    expect(reachedAfter(call, [failed], 'technical')).toBeUndefined();
    expect(reachedAfter(call, [handoffOf(call, 'technical', -5)], 'technical')).toBeUndefined();
  });

  it.each([
    [[], null],
    [[3], 3],
    [[9, 1, 2], 2],
    [[10, 1, 2, 3], 2.5],
  ])('the middle of %j is %j', (values, middle) => {
    expect(median(values)).toBe(middle);
  });
});

describe('the words', () => {
  const about = { ...{ n: 200, k: 160, category: 'API key', to: 'technical' }, interval: { low: 0.7391, high: 0.8495 } };

  it('say how many, how sure, and what it saves', () => {
    expect(suggestionText({ ...about, savesMs: 40_400 })).toBe(
      '160 of 200 API key calls ended with technical (95 % Wilson interval 74-85 %): route them directly; saves about 40 s each',
    );
  });

  it.each([null, 0, 400])('promise nothing where %j ms are saved', (savesMs) => {
    expect(suggestionText({ ...about, savesMs })).toMatch(/: route them directly$/);
  });
});
