import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { checkHours } from '../../agents/check-hours.ts';
import { isOpen, type OpeningHours, opensAt } from '../../agents/hours.ts';

const at = (text: string): number => Date.parse(text);
const minute = 60_000;
const vienna = (open: OpeningHours['open'], closed: readonly string[] = []): OpeningHours => ({
  timezone: 'Europe/Vienna',
  open,
  closed,
});
const office = vienna([{ days: 'Mon-Fri', from: '09:00', to: '17:00' }], ['2026-12-25']);
const night = vienna([{ days: 'Fri, Sat', from: '22:00', to: '06:00' }], ['2026-08-15']);

describe('isOpen', () => {
  // 2026-07-06 is a Monday; Vienna is two hours ahead of UTC in summer, one in winter.
  it.each([
    ['a minute before', office, '2026-07-06T06:59:59.999Z', false],
    ['at the first moment', office, '2026-07-06T07:00:00Z', true],
    ['at the last moment', office, '2026-07-06T14:59:59.999Z', true],
    ['from the end on', office, '2026-07-06T15:00:00Z', false],
    ['in winter time', office, '2026-01-05T08:00:00Z', true],
    ['in winter time, an hour early', office, '2026-01-05T07:30:00Z', false],
    ['on a Saturday', office, '2026-07-11T10:00:00Z', false],
    ['on a closed day', office, '2026-12-25T10:00:00Z', false],
    ['the day before it', office, '2026-12-24T10:00:00Z', true],
    ['at night', night, '2026-07-10T20:00:00Z', true],
    ['after midnight, on the next day', night, '2026-07-12T03:59:00Z', true],
    ['at the end of the night', night, '2026-07-12T04:00:00Z', false],
    ['after midnight of a day without a night before', night, '2026-07-10T00:00:00Z', false],
    ['at night, from midnight on a closed day', night, '2026-08-14T22:00:00Z', false],
    ['before midnight, ahead of a closed day', night, '2026-08-14T21:59:00Z', true],
    ['the night that a closed day would begin', night, '2026-08-15T23:00:00Z', false],
  ])('%s', (...[, hours, time, open]) => expect(isOpen(hours, at(time))).toBe(open));

  it('all day is all day', () => {
    const always = vienna([{ days: 'Mon-Sun', from: '00:00', to: '24:00' }]);
    for (let hour = 0; hour < 24 * 7; hour += 1)
      expect(isOpen(always, at('2026-03-26T22:59:59Z') + hour * 3_600_000)).toBe(true);
  });

  it('a range of days may pass the weekend', () => {
    const hours = vienna([{ days: 'Sat-Mon', from: '09:00', to: '17:00' }]);
    const days = [6, 7, 8, 9, 10, 11, 12].map((day) => isOpen(hours, Date.UTC(2026, 6, day, 10)));
    expect(days).toEqual([true, false, false, false, false, true, true]);
  });
});

describe('when the clock is changed', () => {
  // Vienna: 2026-03-29 02:00 becomes 03:00 (01:00 UTC); 2026-10-25 03:00 becomes 02:00 (01:00 UTC).
  const early = vienna([{ days: 'Mon-Sun', from: '02:30', to: '05:00' }]);
  it('hours that begin in the hour that is left out begin behind it', () => {
    expect(isOpen(early, at('2026-03-29T00:59:59Z'))).toBe(false);
    expect(isOpen(early, at('2026-03-29T01:00:00Z'))).toBe(true);
    expect(opensAt(early, at('2026-03-28T23:00:00Z'))).toBe(at('2026-03-29T01:00:00Z'));
  });

  it('the hour that comes twice counts twice', () => {
    const hours = vienna([{ days: 'Sun', from: '02:00', to: '02:30' }]);
    const open = ['00:00', '00:29', '00:30', '00:59', '01:00', '01:29', '01:30'];
    expect(open.map((time) => isOpen(hours, at(`2026-10-25T${time}:00Z`)))).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(opensAt(hours, at('2026-10-25T00:45:00Z'))).toBe(at('2026-10-25T01:00:00Z'));
  });

  it('a shift of nine hours is nine hours of the clock, whatever has passed', () => {
    const long = vienna([{ days: 'Sat', from: '22:00', to: '07:00' }]);
    expect(isOpen(long, at('2026-03-29T04:59:00Z'))).toBe(true);
    expect(isOpen(long, at('2026-03-29T05:00:00Z'))).toBe(false);
    expect(isOpen(long, at('2026-10-25T05:59:00Z'))).toBe(true);
  });
});

describe('opensAt', () => {
  it.each([
    ['now, while it is open', office, '2026-07-06T10:00:00Z', '2026-07-06T10:00:00Z'],
    ['in the morning', office, '2026-07-06T01:00:00Z', '2026-07-06T07:00:00Z'],
    ['over the weekend', office, '2026-07-10T15:00:00Z', '2026-07-13T07:00:00Z'],
    ['over the weekend on which summer begins', office, '2026-03-27T17:00:00Z', '2026-03-30T07:00:00Z'],
    [
      'late on the evening before a short day',
      vienna([{ days: 'Sun', from: '23:30', to: '24:00' }]),
      '2026-03-28T22:45:00Z',
      '2026-03-29T21:30:00Z',
    ],
    ['after a closed day', office, '2026-12-24T17:00:00Z', '2026-12-28T08:00:00Z'],
    ['tonight', night, '2026-07-10T12:00:00Z', '2026-07-10T20:00:00Z'],
  ])('%s', (...[, hours, now, then]) => expect(opensAt(hours, at(now))).toBe(at(then)));

  it('never, within 14 days', () => {
    const days = Array.from({ length: 17 }, (_, day) => new Date(Date.UTC(2026, 6, 4 + day)).toISOString().slice(0, 10));
    expect(opensAt(vienna(office.open, days), at('2026-07-06T10:00:00Z'))).toBeUndefined();
    expect(opensAt(vienna(office.open, days.slice(0, 11)), at('2026-07-06T10:00:00Z'))).toBe(at('2026-07-15T07:00:00Z'));
  });

  /** Every quarter of an hour, one after the other: slow and plainly right, as all zones and times below keep to quarters. */
  const byLooking = (hours: OpeningHours, now: number): number | undefined => {
    for (let moment = now; moment <= now + 14 * 24 * 60 * minute; moment += 15 * minute)
      if (isOpen(hours, moment)) return moment;
    return undefined;
  };
  const zones = [
    'Europe/Vienna',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Cairo',
    'Pacific/Apia',
    'UTC',
  ];
  /** Days around changes of some zone's clock. */
  const changes = [
    '2026-03-08',
    '2026-03-29',
    '2026-04-05',
    '2026-04-24',
    '2026-10-25',
    '2026-10-30',
    '2026-11-01',
    '2026-06-17',
  ];
  const time = fc.integer({ min: 0, max: 95 }).map((quarter) => {
    const two = (number: number) => String(number).padStart(2, '0');
    return `${two(Math.floor(quarter / 4))}:${two((quarter % 4) * 15)}`;
  });
  const span = fc
    .record({ days: fc.constantFrom('Mon-Fri', 'Sun', 'Sat-Mon', 'Wed', 'Mon-Sun'), from: time, to: time })
    .filter(({ from, to }) => from !== to);
  const world = fc.record({
    hours: fc.record({
      timezone: fc.constantFrom(...zones),
      open: fc.array(span, { minLength: 1, maxLength: 3 }),
      closed: fc.subarray([...changes]),
    }),
    now: fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -300, max: 300 }))
      .map(([day, quarters]) => at(day) + quarters * 15 * minute),
  });

  it('is the first moment that is open, in any zone and around every change of its clock', () => {
    const isRight = fc.property(world, ({ hours, now }) => {
      expect(opensAt(hours, now)).toBe(byLooking(hours, now));
    });
    fc.assert(isRight, { numRuns: 150 });
  }, 60_000);
});

describe('checkHours', () => {
  const problemsOf = (hours: unknown) => {
    const problems: string[] = [];
    checkHours('hours', hours, (path, reason) => problems.push(`${path}: ${reason}`));
    return problems;
  };
  test('good hours pass', () => {
    for (const hours of [office, night, { timezone: 'UTC', open: [{ days: 'Mon,Wed-Fri', from: '00:00', to: '24:00' }] }])
      expect(problemsOf(hours)).toEqual([]);
  });

  const change = (changes: object) => ({ ...office, ...changes });
  const spanOf = (changes: object) => change({ open: [{ days: 'Mon', from: '09:00', to: '17:00', ...changes }] });
  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^hours: is not \{/],
    ['a text', '9 to 5', /^hours: is not \{/],
    ['no zone', change({ timezone: undefined }), /^hours\.timezone: .*Europe\/Vienna/],
    ['an unknown zone', change({ timezone: 'Europe/Wien' }), /^hours\.timezone: "Europe\/Wien"/],
    ['no spans', change({ open: [] }), /^hours\.open: must be/],
    ['a span that is a text', change({ open: ['always'] }), /^hours\.open\[0\]: is no span/],
    ['days of another language', spanOf({ days: 'Mo-Fr' }), /^hours\.open\[0\]\.days: "Mo-Fr"/],
    ['days in three', spanOf({ days: 'Mon-Wed-Fri' }), /^hours\.open\[0\]\.days/],
    ['a gap in the list', spanOf({ days: 'Mon,,Fri' }), /^hours\.open\[0\]\.days/],
    ['an hour without minutes', spanOf({ from: '9' }), /^hours\.open\[0\]\.from: "9"/],
    ['24:00 as a beginning', spanOf({ from: '24:00' }), /^hours\.open\[0\]\.from/],
    ['25:00', spanOf({ to: '25:00' }), /^hours\.open\[0\]\.to/],
    ['nothing between', spanOf({ to: '09:00' }), /^hours\.open\[0\]\.to: is the same/],
    ['a misspelt key', spanOf({ until: '17:00' }), /^hours\.open\[0\]\.until: is not known/],
    ['another misspelt key', change({ holidays: [] }), /^hours\.holidays: is not known/],
    ['a date that is none', change({ closed: ['2026-02-30'] }), /^hours\.closed\[0\]: "2026-02-30"/],
    ['a date as people write it', change({ closed: ['25.12.2026'] }), /^hours\.closed\[0\]/],
    ['one date', change({ closed: '2026-12-25' }), /^hours\.closed: must be a list/],
  ])('%s', (_, hours, problem) => expect(problemsOf(hours).join('\n')).toMatch(problem));
});
