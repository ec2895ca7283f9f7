import { expect, it } from 'vitest';
import { judge, type Reading } from './judge.ts';

const at = (calls: number, change: Partial<Reading> = {}): Reading => ({
  calls,
  sockets: 20,
  timers: 6,
  heap: 20_000_000,
  buffers: 1_000_000,
  ...change,
});
const noise = [90_000, -120_000, 30_000, -10_000, 60_000, -70_000];
const readings = (of: (calls: number) => Partial<Reading>) =>
  noise.map((more, index) => at(200 * index, { heap: 20_000_000 + more, ...of(200 * index) }));

it('finds nothing where only noise is', () => {
  expect(judge(readings(() => ({}))).leaks).toEqual([]);
});

it('bears what is remembered of calls that are over', () => {
  expect(judge(readings((calls) => ({ heap: 20_000_000 + 500 * calls }))).leaks).toEqual([]);
});

it.each<[string, (calls: number) => Partial<Reading>, RegExp]>([
  ['a socket of each hundredth call', (calls) => ({ sockets: 20 + calls / 100 }), /^sockets: 20 before, 30 after$/],
  ['a timer of each hundredth call', (calls) => ({ timers: 6 + calls / 100 }), /^timers: 6 before, 16 after$/],
  ['3 KB of each call', (calls) => ({ heap: 20_000_000 + 3_000 * calls }), /^memory: 3\d\d\d bytes stay of each call$/],
  [
    'a ring of 160 KB of each tenth call',
    (calls) => ({ buffers: 1_000_000 + 16_000 * calls }),
    /^memory: 1[56]\d\d\d bytes/,
  ],
])('finds what stays: %s', (_, of, expected) => {
  expect(judge(readings(of)).leaks).toEqual([expect.stringMatching(expected)]);
});

it('is not deceived by compiled code that the engine threw away', () => {
  const leaking = readings((calls) => ({ heap: (calls > 100 ? 14_000_000 : 20_000_000) + 6_000 * calls }));
  expect(judge(leaking).leaks).toEqual([expect.stringMatching(/^memory:/)]);
});

it('finds what stays when all calls are forgotten', () => {
  const flat = readings(() => ({}));
  expect(judge(flat, at(1_000)).leaks).toEqual([]);
  expect(judge(flat, at(1_000, { heap: 21_000_000 })).leaks).toEqual([
    expect.stringMatching(/^memory: \d+ KB more than before/),
  ]);
});

it('does not call nothing a success', () => {
  expect(judge([at(0)]).leaks).toEqual(['too few readings to judge by']);
});
