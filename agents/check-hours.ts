import { dateOf, daysOf, isZone } from './hours.ts';

type Report = (path: string, reason: string) => void;

/** Whether a value is an object with keys of its own. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What was written where something else belongs, for a message. */
const shown = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : `a value of type ${typeof value}`);

/** A misspelt key would change what a line does without a word. */
export const reportUnknown = (path: string, keys: { of: object; known: readonly string[] }, report: Report): void => {
  for (const key of Object.keys(keys.of))
    if (!keys.known.includes(key)) report(`${path}.${key}`, `is not known here; known are ${keys.known.join(', ')}`);
};

const isDate = (value: unknown): boolean => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const at = Date.parse(`${value}T00:00:00Z`);
  return Number.isFinite(at) && dateOf(at) === value;
};

const isTime = (value: unknown): boolean => typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(value);

const checkSpan = (path: string, span: unknown, report: Report): void => {
  if (!isRecord(span)) {
    report(path, 'is no span; write { days, from, to }');
    return;
  }
  reportUnknown(path, { of: span, known: ['days', 'from', 'to'] }, report);
  const { days, from, to } = { days: span['days'], from: span['from'], to: span['to'] };
  if (typeof days !== 'string' || daysOf(days) === undefined)
    report(`${path}.days`, `${shown(days)} names no days; write for example "Mon-Fri" or "Sat, Sun"`);
  if (!isTime(from)) report(`${path}.from`, `${shown(from)} is no time; write for example "09:00"`);
  if (!isTime(to) && to !== '24:00')
    report(`${path}.to`, `${shown(to)} is no time; write for example "17:00", at most "24:00"`);
  else if (from === to) report(`${path}.to`, 'is the same as from; a whole day is "00:00" to "24:00"');
};

const checkClosed = (path: string, closed: unknown, report: Report): void => {
  if (!Array.isArray(closed)) {
    report(path, 'must be a list of dates');
    return;
  }
  for (const [index, date] of closed.entries())
    if (!isDate(date)) report(`${path}[${index}]`, `${shown(date)} is no date; write for example "2026-12-25"`);
};

/** Tells everything that is wrong with opening hours, with its place under `path`. Takes anything; never throws. */
export const checkHours = (path: string, hours: unknown, report: Report): void => {
  if (!isRecord(hours)) {
    report(path, 'is not { timezone, open }');
    return;
  }
  reportUnknown(path, { of: hours, known: ['timezone', 'open', 'closed'] }, report);
  const { timezone, open, closed } = { timezone: hours['timezone'], open: hours['open'], closed: hours['closed'] };
  if (typeof timezone !== 'string' || !isZone(timezone))
    report(`${path}.timezone`, `${shown(timezone)} is no time zone; write for example "Europe/Vienna"`);
  if (!Array.isArray(open) || open.length === 0) report(`${path}.open`, 'must be a list of spans, at least one');
  else for (const [index, span] of open.entries()) checkSpan(`${path}.open[${index}]`, span, report);
  if (closed !== undefined) checkClosed(`${path}.closed`, closed, report);
};
