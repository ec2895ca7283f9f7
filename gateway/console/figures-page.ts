import type { Figures } from '../../store/figures/figures.ts';
import { html, type Markup } from '../page/markup.ts';
import { bigNumbers } from './big-numbers.ts';
import { figurePlots } from './figure-plots.ts';
import { figureTables } from './figure-tables.ts';
import { framed } from './frame.ts';
import { linkTo } from './links.ts';
import { periodWords } from './number-words.ts';
import { type ShownSuggestion, suggestionList } from './suggestions.ts';

export interface FiguresView {
  readonly figures: Figures;
  /** Today, UTC, like `2026-11-28`. */
  readonly today: string;
  readonly suggestions?: readonly ShownSuggestion[] | undefined;
}

const dayMs = 86_400_000;
const spans = [7, 30, 90] as const;

const dayBefore = (day: string, days: number): string => new Date(Date.parse(day) - days * dayMs).toISOString().slice(0, 10);

const spanLink = (days: number, { figures, today }: FiguresView): Markup => {
  const from = dayBefore(today, days - 1);
  const isHere = figures.to === today && figures.from === from;
  const link = linkTo('/', { from, to: today, line: figures.line });
  return html`<a href="${link}"${isHere ? html` aria-current="true"` : undefined}>${days} days</a>`;
};

const lineChoice = ({ lines, line }: Figures): Markup => {
  const all = line === null || lines.includes(line) ? lines : [...lines, line];
  const option = (name: string) =>
    html`<option value="${name}"${name === line ? html` selected="selected"` : undefined}>${name}</option>`;
  return html`<label>Line <select name="line"><option value="">all lines</option>${all.map(option)}</select></label>`;
};

const periodForm = (view: FiguresView): Markup => html`<form class="period" method="get" action="/">
<p class="spans" role="group" aria-label="Period">${spans.map((days) => spanLink(days, view))}</p>
<label>From <input type="date" name="from" value="${view.figures.from}" required="required" /></label>
<label>to <input type="date" name="to" value="${view.figures.to}" required="required" /></label>
${lineChoice(view.figures)}
<button type="submit">Show</button>
</form>`;

const isEmpty = ({ all, handoffs }: Figures): boolean => all.calls === 0 && all.turnedAway === 0 && handoffs.requested === 0;

const empty = ({ lines, line }: Figures): Markup => html`<section class="notice"><h2>No calls in this period</h2>
${
  lines.length === 0
    ? html`<p>Nothing was recorded yet. Calls are here a moment after they are over.</p>
<p>To see this page with a week of made-up calls, run <code>npm run demo -- --week</code>.</p>`
    : html`<p>There are calls at other times${line === null ? '' : ' or on other lines'}: choose a longer period above.</p>`
}</section>`;

const csvOfCalls = ({ from, to, line }: Figures): Markup => html`<p class="exports">Export:
<a href="${linkTo('/api/v1/figures', { from, to, line, table: 'days', format: 'csv' })}">days</a>
<a href="${linkTo('/api/v1/calls', { from, to, line, format: 'csv' })}">calls</a>
<a href="${linkTo('/api/v1/handoffs', { from, to, line, format: 'csv' })}">handoffs</a> as CSV,
<a href="${linkTo('/api/v1/figures', { from, to, line })}">all figures</a> as JSON</p>`;

/** The figures of a period. Pure. */
export const figuresPage = (view: FiguresView): string => {
  const { figures } = view;
  const full = html`${bigNumbers(figures)}
${suggestionList(view.suggestions)}
${figurePlots(figures)}
${figureTables(figures)}
${csvOfCalls(figures)}
<p class="hint">Percentiles are at most 2.5\u202f% off. A share marked <span class="few"><span class="mark">few</span></span> is of fewer than 30: read it with care.</p>`;
  return framed({
    title: `Figures, ${periodWords(figures)}`,
    here: 'figures',
    body: html`<header class="head"><h1>${periodWords(figures)}</h1><p class="sub" dir="auto">${figures.line ?? 'All lines'}</p>
${periodForm(view)}</header>
${isEmpty(figures) ? empty(figures) : full}`,
  });
};
