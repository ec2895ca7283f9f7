import type { HandoffRecord } from '../../store/handoffs/record.ts';
import { html, type Markup } from '../page/markup.ts';
import { chip, cut } from '../page/words.ts';
import { framed } from './frame.ts';
import { callLink } from './links.ts';
import { filterChips, type ListView, listFoot, listHead, noneFound } from './list-page.ts';
import { momentWords, timeWords } from './number-words.ts';
import { tableOf } from './table.ts';

const longestReason = 140;

const outcomeChips = {
  committed: chip('good', '✓', 'committed'),
  refused: chip('open', '–', 'refused'),
  failed: chip('bad', '✕', 'failed'),
} as const;

/** What came of a handoff, and why. */
export const outcomeOf = ({ outcome, why }: HandoffRecord): Markup =>
  html`${outcomeChips[outcome]}${why === null ? undefined : html` <small>${cut(why, longestReason)}</small>`}`;

/** With what came of it after the switch. */
const outcomeCell = (handoff: HandoffRecord): Markup =>
  html`${outcomeOf(handoff)}${handoff.handedBack === true ? html` ${chip('open', '↩', 'handed back')}` : undefined}`;

const table = (handoffs: readonly HandoffRecord[], today: string): Markup =>
  tableOf<HandoffRecord>({
    label: 'Handoffs',
    rows: handoffs,
    asCards: true,
    columns: [
      {
        name: 'Requested',
        cell: ({ callId, requestedAt }) => html`<a href="${callLink(callId)}">${momentWords(requestedAt, today)}</a>`,
      },
      { name: 'From → to', cell: ({ from, to }) => html`<span class="pair">${from} → ${to}</span>` },
      {
        name: 'About, and why',
        cell: ({ category, reason }) =>
          html`<span class="reason">${category === null ? undefined : html`<b>${category}</b> `}${cut(reason, longestReason)}</span>`,
      },
      { name: 'Outcome', cell: outcomeCell },
      { name: 'Dead air', isNumber: true, cell: ({ silenceMs }) => timeWords(silenceMs) },
      { name: 'First sound', isNumber: true, isMinor: true, cell: ({ firstAudioMs }) => timeWords(firstAudioMs) },
      { name: 'Helpful word', isNumber: true, cell: ({ helpfulMs }) => timeWords(helpfulMs) },
      {
        name: 'Facts',
        isNumber: true,
        isMinor: true,
        cell: ({ factsCarried }) => (factsCarried === null ? '–' : String(factsCarried)),
      },
      {
        name: 'Asked again',
        isNumber: true,
        cell: ({ askedAgain }) => (askedAgain.length === 0 ? '–' : String(askedAgain.length)),
      },
    ],
  });

/** The list of handoffs. Pure. */
export const handoffsPage = (view: ListView<HandoffRecord>): string =>
  framed({
    title: 'Handoffs',
    here: 'handoffs',
    body: html`<header class="head"><h1>Handoffs</h1>${listHead(view, ['handoffs', 'that were requested'])}
${filterChips('/handoffs', view.asked)}</header>
${view.items.length === 0 ? noneFound(view, 'handoffs') : table(view.items, view.today)}
${listFoot('/handoffs', view)}`,
  });
