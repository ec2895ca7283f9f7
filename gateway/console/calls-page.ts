import { type CallRecord, isResolved } from '../../store/calls/record.ts';
import { endReasonWords } from '../page/end-words.ts';
import { html, type Markup } from '../page/markup.ts';
import { chip } from '../page/words.ts';
import { framed } from './frame.ts';
import { callLink } from './links.ts';
import { filterChips, type ListView, listFoot, listHead, noneFound } from './list-page.ts';
import { microsWords, momentWords, timeWords } from './number-words.ts';
import { tableOf } from './table.ts';

export interface CallsView extends ListView<CallRecord> {
  /** Calls that go on now. */
  readonly live: readonly string[];
}

/** Whether the problem was solved, and who says so. */
export const resolvedChip = (record: CallRecord): Markup => {
  const resolved = isResolved(record);
  if (resolved === null) return chip('plain', '?', 'not known');
  if (!resolved) return record.resolution.repeatedAt === null ? chip('bad', '✕', 'no') : chip('bad', '↻', 'called again');
  return chip('good', '✓', 'yes');
};

const containedWords = ({ contained, turnedAway }: CallRecord): string => {
  if (contained === null) return turnedAway === null ? '–' : 'turned away';
  return contained ? 'yes' : 'no';
};

const wayOf = ({ agents, transfers }: CallRecord): string => {
  const people = transfers.filter(({ wasAccepted }) => wasAccepted).map(({ to }) => to);
  return [...agents, ...people].join(' → ') || '–';
};

const table = (calls: readonly CallRecord[], today: string): Markup =>
  tableOf<CallRecord>({
    label: 'Calls',
    rows: calls,
    asCards: true,
    columns: [
      {
        name: 'Started',
        cell: ({ callId, startedAt }) => html`<a href="${callLink(callId)}">${momentWords(startedAt, today)}</a>`,
      },
      { name: 'About', cell: ({ category }) => category ?? '–' },
      { name: 'Resolved', cell: resolvedChip },
      { name: 'Contained', cell: containedWords },
      { name: 'Who had it', cell: wayOf, isMinor: true },
      { name: 'Handle time', isNumber: true, cell: ({ handleMs }) => timeWords(handleMs) },
      {
        name: 'Asked again',
        isNumber: true,
        isMinor: true,
        cell: ({ askedAgain }) => (askedAgain === 0 ? '–' : String(askedAgain)),
      },
      { name: 'Cost', isNumber: true, cell: ({ cost }) => microsWords(cost?.usdMicros) },
      { name: 'Ended', isMinor: true, cell: ({ endReason }) => endReasonWords(endReason) },
      { name: 'Line', isMinor: true, cell: ({ line }) => line },
    ],
  });

const running = (live: readonly string[]): Markup | undefined =>
  live.length === 0
    ? undefined
    : html`<p class="live">Going on now: ${live.slice(0, 20).map((callId) => html`<a href="${callLink(callId)}"><code>${callId.slice(0, 10)}…</code></a> `)}${live.length > 20 ? `and ${live.length - 20} more` : undefined}</p>`;

/** The list of calls that are over. Pure. */
export const callsPage = (view: CallsView): string =>
  framed({
    title: 'Calls',
    here: 'calls',
    body: html`<header class="head"><h1>Calls</h1>${listHead(view, ['calls', 'that are over'])}
${filterChips('/calls', view.asked)}</header>
${view.isFirst ? running(view.live) : undefined}
${view.items.length === 0 ? noneFound(view, 'calls') : table(view.items, view.today)}
${listFoot('/calls', view)}`,
  });
