import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Contribution, Tallies, Tally, TallyRow } from '../../store/figures/tallies.ts';

export interface OpenedTallies {
  readonly tallies: Tallies;
  close(): Promise<void>;
}

const row = (field: string, n: number, changes: Partial<TallyRow> = {}): TallyRow => ({
  kind: 'all',
  name: '',
  field,
  n,
  ...changes,
});

const given = (day: string, rows: readonly TallyRow[], line = 'acme'): Contribution => ({ day, line, rows });
const sorted = (tallies: readonly Tally[]): readonly Tally[] =>
  [...tallies].sort((a, b) => (JSON.stringify([a.day, a.line, a.name]) < JSON.stringify([b.day, b.line, b.name]) ? -1 : 1));

/** What every Tallies does. `open` gives an empty one that keeps 400 days, at 2026-01-01. */
export const talliesContract = (name: string, open: () => Promise<OpenedTallies>): void => {
  describe(`Tallies: ${name}`, () => {
    let opened: OpenedTallies;
    let tallies: Tallies;
    beforeEach(async () => {
      opened = await open();
      tallies = opened.tallies;
    });
    afterEach(() => opened.close());

    const all = { from: '2025-01-01', to: '2026-01-31', kind: 'all' } as const;

    it('is empty at first', async () => {
      expect([await tallies.read(all), await tallies.lines()]).toEqual([[], []]);
    });

    it('adds what sources give, by day, line, kind and name', async () => {
      const rows = [row('calls', 1), row('calls', 1, { kind: 'category', name: 'API key' })];
      await tallies.put('call:1', given('2025-12-30', rows));
      await tallies.put('call:2', given('2025-12-30', [row('calls', 1), row('cost', 41_000)]));
      await tallies.put('call:3', given('2025-12-31', [row('calls', 1)], 'other'));
      expect(sorted(await tallies.read(all))).toEqual([
        { day: '2025-12-30', line: 'acme', name: '', counts: { calls: 2, cost: 41_000 } },
        { day: '2025-12-31', line: 'other', name: '', counts: { calls: 1 } },
      ]);
      expect(await tallies.read({ ...all, kind: 'category' })).toEqual([
        { day: '2025-12-30', line: 'acme', name: 'API key', counts: { calls: 1 } },
      ]);
      expect(await tallies.lines()).toEqual(['acme', 'other']);
    });

    it('the same source again changes nothing; another gift takes the place of the one before', async () => {
      const first = given('2025-12-30', [row('calls', 1), row('resolved.unknown', 1)]);
      await tallies.put('call:1', first);
      await tallies.put('call:1', first);
      expect((await tallies.read(all))[0]?.counts).toEqual({ calls: 1, 'resolved.unknown': 1 });
      await tallies.put('call:1', given('2025-12-30', [row('calls', 1), row('resolved.yes', 1)]));
      expect((await tallies.read(all))[0]?.counts).toEqual({ calls: 1, 'resolved.yes': 1 });
      await tallies.put('call:1', given('2025-12-30', []));
      expect(await tallies.read(all)).toEqual([]);
    });

    it('many at once, each twice, count once', async () => {
      const sources = Array.from({ length: 40 }, (_, index) => `call:${index % 20}`);
      await Promise.all(
        sources.map((source) => tallies.put(source, given('2025-12-30', [row('calls', 1), row('ms~7', 3)]))),
      );
      expect((await tallies.read(all))[0]?.counts).toEqual({ calls: 20, ms: [7, 60] });
    });

    it('adds histograms by bucket, and takes them back', async () => {
      const times = (...buckets: readonly number[]) =>
        given('2025-12-30', [row('calls', 1), ...buckets.map((bucket) => row(`ms~${bucket}`, 1))]);
      const histogram = async () => {
        const { ms = [] } = (await tallies.read(all))[0]?.counts ?? {};
        const pairs = typeof ms === 'number' ? [] : ms.flatMap((n, at) => (at % 2 === 0 ? [[n, ms[at + 1]]] : []));
        return pairs.sort(([one = 0], [other = 0]) => one - other);
      };
      await tallies.put('call:1', times(0, 105, 7));
      await tallies.put('call:2', times(7, 300));
      expect(await histogram()).toEqual([
        [0, 1],
        [7, 2],
        [105, 1],
        [300, 1],
      ]);
      await tallies.put('call:1', times(105, 8));
      expect(await histogram()).toEqual([
        [7, 1],
        [8, 1],
        [105, 1],
        [300, 1],
      ]);
      await tallies.put('call:2', times());
      await tallies.put('call:1', times());
      expect((await tallies.read(all))[0]?.counts).toEqual({ calls: 2 });
    });

    it('reads a period, both ends included, one line or one name', async () => {
      for (const [index, day] of ['2025-12-28', '2025-12-29', '2025-12-30', '2025-12-31'].entries())
        await tallies.put(
          `call:${index}`,
          given(day, [row('calls', 1), row('uses', 1, { kind: 'tool', name: `t${index}` })]),
        );
      await tallies.put('call:9', given('2025-12-29', [row('calls', 1)], "o'ther; --"));
      const days = async (query: object) => (await tallies.read({ ...all, ...query })).map(({ day }) => day).sort();
      expect(await days({ from: '2025-12-29', to: '2025-12-30' })).toEqual(['2025-12-29', '2025-12-29', '2025-12-30']);
      expect(await days({ from: '2025-12-30', to: '2025-12-29' })).toEqual([]);
      expect(await days({ line: "o'ther; --" })).toEqual(['2025-12-29']);
      expect(await days({ kind: 'tool', name: 't2' })).toEqual(['2025-12-30']);
      expect(await days({ kind: 'tool', line: 'acme', name: 't1' })).toEqual(['2025-12-29']);
    });

    it('names may hold anything', async () => {
      const name = 'a:b>c"\\ü😀 %s {x}';
      await tallies.put('call:1', given('2025-12-30', [row('calls', 2, { kind: 'category', name })]));
      expect(await tallies.read({ ...all, kind: 'category' })).toEqual([
        { day: '2025-12-30', line: 'acme', name, counts: { calls: 2 } },
      ]);
    });
  });
};
