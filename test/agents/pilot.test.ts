import { describe, expect, it } from 'vitest';
import { type Pilot, spread, whyNotOurs } from '../../agents/pilot.ts';

const caller = (from: string) => ({ line: 'acme', from, key: from });
const numbers = Array.from({ length: 100_000 }, (_, index) => `+4366400${String(index).padStart(5, '0')}`);
const isIn = (share: number, from: string, line = 'acme') =>
  whyNotOurs({ share }, { line, from, key: from }, 0) === undefined;

/** Monday, 11:00 and 20:00 in Vienna. */
const [day, evening] = [Date.UTC(2026, 6, 6, 9), Date.UTC(2026, 6, 6, 18)];
const hours = { timezone: 'Europe/Vienna', open: [{ days: 'Mon-Fri', from: '09:00', to: '17:00' }] };
const callers = ['+4930123456'];

describe('the share', () => {
  it.each([0.01, 0.1, 0.5, 0.9])(
    '%f of 100,000 numbers in a row is that part of them, in every part of the row',
    (share) => {
      const expected = 10_000 * share;
      // Five standard deviations of a fair draw: one test in a million would fail by chance, and numbers and hash never change.
      const slack = 5 * Math.sqrt(10_000 * share * (1 - share));
      for (let part = 0; part < 10; part += 1) {
        const inside = numbers.slice(part * 10_000, (part + 1) * 10_000).filter((from) => isIn(share, from)).length;
        expect(Math.abs(inside - expected)).toBeLessThan(slack);
      }
    },
  );

  it('spreads evenly over all of 0 to 1', () => {
    const bins = Array.from({ length: 20 }, () => 0);
    for (const number of numbers) {
      const bin = Math.floor(spread(number) * 20);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    const chiSquare = bins.reduce((sum, count) => sum + (count - 5_000) ** 2 / 5_000, 0);
    expect(chiSquare).toBeLessThan(43.8); // p = 0.001 with 19 degrees of freedom
  });

  it('keeps who was in when it is raised', () => {
    const few = numbers.slice(0, 20_000).filter((from) => isIn(0.1, from));
    expect(few.length).toBeGreaterThan(1_500);
    expect(few.every((from) => isIn(0.2, from) && isIn(0.11, from))).toBe(true);
  });

  it('numbers of one office, which differ in their last digit, are not chosen together', () => {
    const offices = Array.from({ length: 2_000 }, (_, office) => numbers.slice(office * 10, office * 10 + 10));
    const alike = offices.filter((office) => new Set(office.map((from) => isIn(0.5, from))).size === 1);
    expect(alike.length).toBeLessThan(15); // two in 1,024 by chance: 4
  });

  it('chooses other callers for another line, no more of the same than by chance', () => {
    const both = numbers.filter((from) => isIn(0.1, from) && isIn(0.1, from, 'billing'));
    expect(Math.abs(both.length - 1_000)).toBeLessThan(150);
  });

  it('0 is nobody and 1 is everybody', () => {
    expect(numbers.some((from) => isIn(0, from))).toBe(false);
    expect(numbers.every((from) => isIn(1, from))).toBe(true);
  });
});

describe('one rule: within the hours, listed callers are in, and the share decides for all others', () => {
  const [listed, other] = [callers[0] ?? '', '+4930999999'];
  it.each<[string, Omit<Pilot, 'otherwise'>, string, number, ReturnType<typeof whyNotOurs>]>([
    ['no condition: all', {}, other, day, undefined],
    ['hours: all, while it is open', { hours }, other, day, undefined],
    ['hours: nobody, while it is not', { hours }, other, evening, 'hours'],
    ['callers: who is listed', { callers }, listed, day, undefined],
    ['callers: nobody else', { callers }, other, day, 'callers'],
    ['callers and a share of 0: who is listed', { callers, share: 0 }, listed, day, undefined],
    ['callers and a share of 0: nobody else', { callers, share: 0 }, other, day, 'share'],
    ['callers and a share of 1: all', { callers, share: 1 }, other, day, undefined],
    ['listed, but closed', { callers, share: 1, hours }, listed, evening, 'hours'],
    ['listed, and open', { callers, share: 0, hours }, listed, day, undefined],
  ])('%s', (...[, pilot, from, wall, why]) => expect(whyNotOurs(pilot, caller(from), wall)).toBe(why));

  it('who hides their number is judged by the call', () => {
    const calls = Array.from({ length: 1_000 }, (_, index) => ({ line: 'acme', from: 'anonymous', key: `CA${index}` }));
    const inside = calls.filter((call) => whyNotOurs({ share: 0.5 }, call, day) === undefined).length;
    expect(Math.abs(inside - 500)).toBeLessThan(80);
  });
});
