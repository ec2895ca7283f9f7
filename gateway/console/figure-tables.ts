import type { Figures, FiguresQuery } from '../../store/figures/figures.ts';
import { html, type Markup } from '../page/markup.ts';
import { byAgent } from './agent-table.ts';
import { callColumns, linked, type Section, shared } from './figure-cells.ts';
import { callsLink, handoffsLink, linkTo } from './links.ts';
import { countWords, timeWords } from './number-words.ts';
import { tableOf } from './table.ts';
import { byPerson, byTool } from './use-tables.ts';

const csvLink = ({ from, to, line }: FiguresQuery, table: string): Markup =>
  html`<a class="csv" href="${linkTo('/api/v1/figures', { from, to, line, table, format: 'csv' })}">CSV</a>`;

const section = (period: FiguresQuery, { title, note, table, body }: Section): Markup => html`<section class="table">
<header><h2>${title}</h2><p>${note}</p>${csvLink(period, table)}</header>
${body}
</section>
`;

/** As long as the share of the largest, in a hundred widths. */
const barOf = (value: number, most: number): Markup =>
  html`<svg class="inline-bar" width="100%" height="10" aria-hidden="true"><rect class="bar s0" x="0" y="0" height="10" width="${((100 * value) / Math.max(1, most)).toFixed(1)}%"/></svg>`;

const byCategory = ({ categories }: Figures, period: FiguresQuery): Section => {
  const most = Math.max(0, ...categories.map(({ calls }) => calls));
  const { calls, ...others } = callColumns<Figures['categories'][number]>(({ category }, filter) =>
    callsLink(period, { category, ...filter }),
  );
  return {
    title: 'Categories',
    note: 'What calls are about',
    table: 'categories',
    body: tableOf({
      label: 'Figures by category',
      rows: categories,
      columns: [
        { name: 'Category', cell: ({ category }) => category },
        calls,
        { name: 'Share of the largest', cell: (row) => barOf(row.calls, most) },
        ...Object.values(others),
      ],
    }),
  };
};

const byPair = ({ pairs }: Figures, period: FiguresQuery): Section => {
  type Row = Figures['pairs'][number];
  const link = ({ from, to }: Row, filter = {}) => handoffsLink(period, { pairFrom: from, pairTo: to, ...filter });
  const committed = { outcome: 'committed' } as const;
  return {
    title: 'Pairs',
    note: 'Handoffs, by who hands to whom',
    table: 'pairs',
    body: tableOf<Row>({
      label: 'Figures by pair of agents',
      rows: pairs,
      columns: [
        { name: 'Pair', cell: ({ from, to }) => html`${from} → ${to}` },
        { name: 'Requested', isNumber: true, cell: (row) => linked(countWords(row.requested), link(row)) },
        { name: 'Committed', isNumber: true, cell: (row) => shared(row.committed, link(row, committed)) },
        { name: 'Dead air p50', isNumber: true, cell: (row) => linked(timeWords(row.deadAirMs.p50), link(row, committed)) },
        { name: 'p95', isNumber: true, cell: (row) => linked(timeWords(row.deadAirMs.p95), link(row, committed)) },
        { name: 'p99', isNumber: true, cell: (row) => linked(timeWords(row.deadAirMs.p99), link(row, committed)) },
        {
          name: 'Helpful word p50',
          isNumber: true,
          cell: (row) => linked(timeWords(row.helpfulMs.p50), link(row, committed)),
        },
        {
          name: 'Carried all',
          isNumber: true,
          cell: (row) => shared(row.carriedAll, link(row, { ...committed, carriedAll: true })),
        },
        {
          name: 'Asked again',
          isNumber: true,
          cell: (row) => shared(row.askedAgain, link(row, { ...committed, askedAgain: true })),
        },
        {
          name: 'Handed back',
          isNumber: true,
          cell: (row) => shared(row.handedBack, link(row, { ...committed, handedBack: true })),
        },
      ],
    }),
  };
};

/** The tables of a period; those without rows are left out. Pure. */
export const figureTables = (figures: Figures): Markup => {
  const period = { from: figures.from, to: figures.to, line: figures.line ?? undefined };
  const made = [
    figures.categories.length === 0 ? undefined : byCategory(figures, period),
    figures.agents.length === 0 ? undefined : byAgent(figures, period),
    figures.pairs.length === 0 ? undefined : byPair(figures, period),
    figures.tools.length === 0 ? undefined : byTool(figures, period),
    figures.people.length === 0 ? undefined : byPerson(figures, period),
  ];
  return html`${made.map((each) => (each === undefined ? undefined : section(period, each)))}`;
};
