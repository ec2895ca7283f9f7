import type { WallTime } from '../../infra/brand.ts';
import type { Json } from '../../store/context/event.ts';
import { html, type Markup } from './markup.ts';

const acronyms: ReadonlySet<string> = new Set(['api', 'id', 'ip', 'ivr', 'pin', 'sdk', 'sim', 'sms', 'url', 'vat']);

const counted = new Intl.NumberFormat('en');

/** At most so many characters of a text, and how many there are besides. */
export const cut = (text: string, longest: number): string => {
  if (text.length <= longest) return text;
  const more = counted.format(text.length - longest);
  return `${text
    .slice(0, longest)
    .toWellFormed()
    .replace(/\ufffd$/, '')}… (${more} more characters)`;
};

/** The same for names and the like, where the number would be in the way. */
export const cutName = (text: string, longest = 80): string =>
  text.length <= longest
    ? text
    : `${text
        .slice(0, longest)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;

/** `accountTier`, `account_tier`: "Account tier". */
export const keyWords = (key: string): string => {
  const words = cutName(key)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) =>
      acronyms.has(word.toLowerCase())
        ? word.toUpperCase()
        : word.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase()),
    );
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};

const isoTime = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)?Z$/;

/** A value in words, on one line. */
export const valueWords = (value: Json): string => {
  if (value === null || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value.length < 40 ? value.replace(isoTime, '$1 $2 UTC') : value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** Seconds between two times of the wall: for reading only, and never negative. */
const secondsBetween = (from: WallTime, to: WallTime): number => Math.max(0, Math.floor((to - from) / 1_000));

/** "just now", "40 s ago", "12 min ago", "3 h ago" */
export const ago = (at: WallTime, now: WallTime): string => {
  const seconds = secondsBetween(at, now);
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3_600)} h ago`;
};

/** When something happened, in the call: minutes and seconds from its start, which need no time zone. */
export const momentOf = (at: WallTime, start: WallTime): Markup => {
  const seconds = secondsBetween(start, at);
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return html`<time datetime="${new Date(at).toISOString()}">${text}</time>`;
};

/** A sign and its words: never colour alone. */
export const chip = (kind: 'good' | 'bad' | 'open' | 'plain', sign: string, words: string): Markup =>
  html`<span class="chip ${kind}"><span aria-hidden="true">${sign}</span> ${words}</span>`;
