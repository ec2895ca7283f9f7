import { capital } from '../page/in-short.ts';
import { html, type Markup } from '../page/markup.ts';
import { linkTo } from './links.ts';
import { countWords, longDayWords } from './number-words.ts';

/** What a list was asked for, as it stands in its URL: no cursor, no limit. */
export type Asked = Readonly<Record<string, string>>;

export interface ListView<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly asked: Asked;
  /** Whether this is the first page. */
  readonly isFirst: boolean;
  /** UTC, like `2026-11-28`. */
  readonly today: string;
  /** How many there are in all; undefined: nobody counted. */
  readonly total?: number | undefined;
}

/** What a list is a list of. */
export const listHead = (
  { asked, total }: Pick<ListView<unknown>, 'asked' | 'total'>,
  [what, which]: readonly [string, string],
): Markup => {
  const isAll = Object.keys(asked).length === 0;
  const many =
    total === undefined ? `${isAll ? 'all ' : ''}${what}` : `${countWords(total)} ${total === 1 ? what.slice(0, -1) : what}`;
  return html`<p class="sub">${capital(many)} ${which}${isAll ? undefined : html` and fit all of this`}, newest first</p>`;
};

const names: Readonly<Record<string, string>> = {
  line: 'line',
  agent: 'agent',
  answeredBy: 'answered by',
  endedWith: 'ended with',
  category: 'about',
  contained: 'contained',
  resolved: 'resolved',
  callerConfirmed: 'the caller says it is solved',
  toolVerified: 'a tool saw it solved',
  handedOff: 'handed over',
  transferred: 'with a person',
  callbackAsked: 'to be called back',
  askedAgain: 'asked again',
  abandoned: 'hung up in a handoff',
  repeated: 'called again',
  turnedAway: 'turned away',
  endReason: 'ended by',
  solvedBy: 'solved by',
  tool: 'tool',
  toolStatus: 'a use ended with',
  person: 'person',
  personTook: 'the person took the caller',
  personOutcome: 'what came of it',
  pairFrom: 'from',
  pairTo: 'to',
  outcome: 'outcome',
  trigger: 'because of',
  handedBack: 'handed back',
  carriedAll: 'all was carried',
  callId: 'call',
};

const negated: Readonly<Record<string, string>> = {
  turnedAway: 'taken by agents',
  repeated: 'no repeat in 7 days',
  callerConfirmed: 'the caller says it is not solved',
  toolVerified: 'a tool saw it not solved',
  personTook: 'the person did not take the caller',
};

const wordsOf = ([name, value]: readonly [string, string]): string => {
  const words = names[name] ?? name;
  if (value === 'true') return words;
  if (value === 'false') return negated[name] ?? `not ${words}`;
  return `${words}: ${value === '' ? 'none' : value}`;
};

const without = (asked: Asked, name: string): Asked =>
  Object.fromEntries(Object.entries(asked).filter(([each]) => each !== name));

const timeOf = (text: string): string =>
  text.includes('T') ? `${longDayWords(text)}, ${text.slice(11, 16)}` : longDayWords(text);

const periodChip = (path: string, asked: Asked): Markup | undefined => {
  const { from, to } = asked;
  if (from === undefined && to === undefined) return undefined;
  const words = `${from === undefined ? 'the start' : timeOf(from)} to ${to === undefined ? 'now' : timeOf(to)}`;
  return chip(words, linkTo(path, without(without(asked, 'from'), 'to')));
};

const chip = (words: string, link: string): Markup =>
  html`<li><span dir="auto">${words}</span><a href="${link}" aria-label="Without: ${words}">×</a></li>`;

/** What the list is narrowed to; each can be taken away. */
export const filterChips = (path: string, asked: Asked): Markup | undefined => {
  const filters = Object.entries(asked).filter(([name]) => name !== 'from' && name !== 'to');
  if (Object.keys(asked).length === 0) return undefined;
  return html`<ul class="chips" aria-label="Only">${periodChip(path, asked)}${filters.map((filter) => chip(wordsOf(filter), linkTo(path, without(asked, filter[0]))))}</ul>`;
};

/** Where the list goes on, and where it can be had as a file. */
export const listFoot = (
  path: string,
  { asked, next, isFirst }: Pick<ListView<unknown>, 'asked' | 'next' | 'isFirst'>,
): Markup =>
  html`<nav class="pager" aria-label="Pages">
${isFirst ? undefined : html`<a href="${linkTo(path, asked)}" rel="first">Newest</a>`}
${next === null ? undefined : html`<a class="older" id="older" href="${linkTo(path, { ...asked, cursor: next })}" rel="next">Older</a>`}
<a class="csv" href="${linkTo(`/api/v1${path}`, { ...asked, format: 'csv' })}">All as CSV</a>
</nav>`;

/** What stands in place of a table without rows. */
export const noneFound = ({ next }: Pick<ListView<unknown>, 'next'>, what: string): Markup =>
  next === null
    ? html`<p class="notice">No ${what} fit.</p>`
    : html`<p class="notice">None of those looked at so far fit. <a href="#older">Older</a> ones may.</p>`;
