/** Opening hours in a place's own time, right across changes of its clock. Pure: `Intl` knows the zones. */

/** Hours on some days of the week. */
export interface OpenSpan {
  /** `Mon-Fri`, `Sat`, or a list of such: `Mon, Wed-Fri`. A range may pass the weekend: `Sat-Mon`. */
  readonly days: string;
  /** `HH:MM`, 00:00 to 23:59, local. */
  readonly from: string;
  /** `HH:MM`, to 24:00, not included. Not later than `from`: on the next day, so that `22:00` to `06:00` is a night. */
  readonly to: string;
}

export interface OpeningHours {
  /** IANA name: `Europe/Vienna`. */
  readonly timezone: string;
  readonly open: readonly OpenSpan[];
  /** Local dates, `YYYY-MM-DD`, closed from midnight to midnight. A night that would begin on one does not. */
  readonly closed?: readonly string[];
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const dayMs = 86_400_000;
const minuteMs = 60_000;
/** How far `opensAt` looks ahead. */
const horizonDays = 14;

/** A moment as a clock on the wall there shows it, in ms since 1970 as if that clock were UTC's. */
type LocalMs = number;

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timezone: string): Intl.DateTimeFormat => {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timezone, format);
  return format;
};

const localOf = (timezone: string, wallMs: number): LocalMs => {
  const parts = Object.fromEntries(
    formatOf(timezone)
      .formatToParts(wallMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
};

/** Midnight that begins the local day. */
const dayOf = (local: LocalMs): LocalMs => Math.floor(local / dayMs) * dayMs;
/** 1970-01-01 was a Thursday. */
const weekdayOf = (day: LocalMs): string => weekdays[(((day / dayMs + 3) % 7) + 7) % 7] ?? '';
/** `YYYY-MM-DD` of a local day. */
export const dateOf = (day: LocalMs): string => new Date(day).toISOString().slice(0, 10);

const minutesOf = (time: string): number => {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
};

/** The days of one range, `Fri-Mon`, or one day. */
const rangeOf = (text: string): readonly string[] => {
  const [first = '', last = first, ...more] = text.split('-');
  if (more.length > 0) return [];
  const [from, to] = [weekdays.indexOf(first), weekdays.indexOf(last)];
  if (from < 0 || to < 0) return [];
  const count = ((to - from + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => weekdays[(from + index) % 7] ?? '');
};

/** The days that `Mon, Wed-Fri` names; undefined when a part of it names none. */
export const daysOf = (text: string): readonly string[] | undefined => {
  const ranges = text.split(',').map((part) => rangeOf(part.trim()));
  return ranges.every((days) => days.length > 0) ? ranges.flat() : undefined;
};

/** Whether `Intl` knows this time zone. */
export const isZone = (timezone: string): boolean => {
  try {
    return formatOf(timezone) !== undefined;
  } catch {
    return false;
  }
};

interface Shift {
  readonly days: ReadonlySet<string>;
  /** Minutes since midnight. `to` is past 1,440 when it is on the next day. */
  readonly from: number;
  readonly to: number;
}

const shiftOf = ({ days, from, to }: OpenSpan): Shift => {
  const [begins, ends] = [minutesOf(from), minutesOf(to)];
  return { days: new Set(daysOf(days)), from: begins, to: ends <= begins ? ends + 1_440 : ends };
};

const isShut = ({ closed = [] }: OpeningHours, day: LocalMs): boolean => closed.includes(dateOf(day));

/** Whether a shift that began on `day` is on at `local`. */
const isOn = (shift: Shift, day: LocalMs, local: LocalMs): boolean => {
  const minutes = (local - day) / minuteMs;
  return shift.days.has(weekdayOf(day)) && shift.from <= minutes && minutes < shift.to;
};

/** Whether it is open at `wallMs` (ms since 1970, UTC). */
export const isOpen = (hours: OpeningHours, wallMs: number): boolean => {
  const local = localOf(hours.timezone, wallMs);
  const today = dayOf(local);
  if (isShut(hours, today)) return false;
  const begun = [today, today - dayMs].filter((day) => !isShut(hours, day));
  return hours.open.map(shiftOf).some((shift) => begun.some((day) => isOn(shift, day, local)));
};

/** How much a clock there is ahead of UTC. */
const offsetAt = (timezone: string, wallMs: number): number => {
  const whole = Math.floor(wallMs / 1_000) * 1_000;
  return localOf(timezone, whole) - whole;
};

/** The moment between `from` and `to` at which the clock there is changed. */
const changeBetween = (timezone: string, from: number, to: number): number => {
  const before = offsetAt(timezone, from);
  let [early, late] = [from, to];
  while (late - early > 1_000) {
    const middle = Math.floor((early + late) / 2_000) * 1_000;
    if (offsetAt(timezone, middle) === before) early = middle;
    else late = middle;
  }
  return late;
};

/**
 * Moments at which it could begin to be open on a local day: when a span starts, by the clock's time before that day and after it,
 * and when the clock is changed around it.
 */
const momentsOf = ({ timezone, open }: OpeningHours, day: LocalMs): readonly number[] => {
  // No zone is a whole day off UTC: these are before and after the day, whatever it is there.
  const [from, to] = [day - dayMs, day + 2 * dayMs];
  const [before, after] = [offsetAt(timezone, from), offsetAt(timezone, to)];
  const starts = open.map((span) => day + minutesOf(span.from) * minuteMs);
  const moments = starts.flatMap((local) => [local - before, local - after]);
  return before === after ? moments : [...moments, changeBetween(timezone, from, to)];
};

/** When it opens next, in ms since 1970: `wallMs` itself while it is open; undefined when it does not within 14 days. */
export const opensAt = (hours: OpeningHours, wallMs: number): number | undefined => {
  if (isOpen(hours, wallMs)) return wallMs;
  const today = dayOf(localOf(hours.timezone, wallMs));
  const days = Array.from({ length: horizonDays + 1 }, (_, ahead) => today + ahead * dayMs);
  const until = wallMs + horizonDays * dayMs;
  return days
    .flatMap((day) => momentsOf(hours, day))
    .filter((moment) => moment > wallMs && moment <= until)
    .sort((one, other) => one - other)
    .find((moment) => isOpen(hours, moment));
};
