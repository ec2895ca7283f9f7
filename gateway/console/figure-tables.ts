import type { CallFilter } from '../../store/calls/filter.ts';
import type { CallFigures, Figures, FiguresQuery, Share } from '../../store/figures/figures.ts';
import { html, type Markup } from '../page/markup.ts';
import { callsLink, handoffsLink, linkTo } from './links.ts';
import { countWords, dollarWords, nWords, percentWords, timeWords } from './number-words.ts';
import { type ColumnOf, tableOf } from './table.ts';

/** A number that leads to what is behind it. */
const linked = (words: string, link: string): Markup => html`<a href="${link}">${words}</a>`;

/** A share with its n beside it. */
const shared = (share: Share, link: string): Markup => html`${linked(percentWords(share), link)} ${nWords(share.of)}`;

const csvLink = ({ from, to, line }: FiguresQuery, table: string): Markup =>
  html`<a class="csv" href="${linkTo('/api/v1/figures', { from, to, line, table, format: 'csv' })}">CSV</a>`;

interface Section {
  readonly title: string;
  readonly note: string;
  readonly table: string;
  readonly body: Markup;
}

const section = (period: FiguresQuery, { title, note, table, body }: Section): Markup => html`<section class="table">
<header><h2>${title}</h2><p>${note}</p>${csvLink(period, table)}</header>
${body}
</section>
`;

type LinkOf<Row> = (row: Row, filter?: CallFilter) => string;

const callColumns = <Row extends CallFigures>(link: LinkOf<Row>): readonly ColumnOf<Row>[] => [
  { name: 'Calls', isNumber: true, cell: (row) => linked(countWords(row.calls), link(row)) },
  { name: 'Contained', isNumber: true, cell: (row) => shared(row.contained, link(row, { contained: true })) },
  { name: 'Resolved', isNumber: true, cell: (row) => shared(row.resolved, link(row, { resolved: 'yes' })) },
  { name: 'Handed over', isNumber: true, cell: (row) => shared(row.handedOff, link(row, { handedOff: true })) },
  { name: 'Asked again', isNumber: true, cell: (row) => shared(row.askedAgain, link(row, { askedAgain: true })) },
  { name: 'Handle time p50', isNumber: true, cell: (row) => linked(timeWords(row.handleMs.p50), link(row)) },
  { name: 'p95', isNumber: true, cell: (row) => linked(timeWords(row.handleMs.p95), link(row)) },
  { name: 'Cost per call', isNumber: true, cell: (row) => linked(dollarWords(row.costPerCall.usd), link(row)) },
];

const byAgent = ({ agents }: Figures, period: FiguresQuery): Section => ({
  title: 'Agents',
  note: 'Of the calls in which an agent had the caller',
  table: 'agents',
  body: tableOf({
    label: 'Figures by agent',
    rows: agents,
    columns: [
      { name: 'Agent', cell: ({ agent }) => agent },
      ...callColumns<Figures['agents'][number]>(({ agent }, filter) => callsLink(period, { agent, ...filter })),
    ],
  }),
});

/** As long as the share of the largest, in a hundred widths. */
const barOf = (value: number, most: number): Markup =>
  html`<svg class="inline-bar" width="100%" height="10" aria-hidden="true"><rect class="bar s0" x="0" y="0" height="10" width="${((100 * value) / Math.max(1, most)).toFixed(1)}%"/></svg>`;

const byCategory = ({ categories }: Figures, period: FiguresQuery): Section => {
  const most = Math.max(0, ...categories.map(({ calls }) => calls));
  const [calls, ...others] = callColumns<Figures['categories'][number]>(({ category }, filter) =>
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
        ...(calls === undefined ? [] : [calls]),
        { name: 'Share of the largest', cell: (row) => barOf(row.calls, most) },
        ...others,
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
        { name: 'Carried all', isNumber: true, cell: (row) => shared(row.carriedAll, link(row, committed)) },
        { name: 'Asked again', isNumber: true, cell: (row) => shared(row.askedAgain, link(row, { askedAgain: true })) },
        { name: 'Handed back', isNumber: true, cell: (row) => shared(row.handedBack, link(row, { handedBack: true })) },
      ],
    }),
  };
};

const byTool = ({ tools }: Figures, period: FiguresQuery): Section => {
  type Row = Figures['tools'][number];
  const link = ({ tool }: Row) => callsLink(period, { tool });
  return {
    title: 'Tools',
    note: 'How they answered, and how fast',
    table: 'tools',
    body: tableOf<Row>({
      label: 'Figures by tool',
      rows: tools,
      columns: [
        { name: 'Tool', cell: ({ tool }) => html`<code>${tool}</code>` },
        { name: 'Uses', isNumber: true, cell: (row) => linked(countWords(row.uses), link(row)) },
        { name: 'Failed', isNumber: true, cell: (row) => shared(row.failed, link(row)) },
        { name: 'Timed out', isNumber: true, cell: (row) => shared(row.timedOut, link(row)) },
        { name: 'p50', isNumber: true, cell: (row) => linked(timeWords(row.ms.p50), link(row)) },
        { name: 'p95', isNumber: true, cell: (row) => linked(timeWords(row.ms.p95), link(row)) },
        { name: 'p99', isNumber: true, cell: (row) => linked(timeWords(row.ms.p99), link(row)) },
      ],
    }),
  };
};

const outcomesOf = (byOutcome: Readonly<Record<string, number>>): string =>
  Object.entries(byOutcome)
    .sort(([, one], [, other]) => other - one)
    .map(([outcome, n]) => `${outcome} ${countWords(n)}`)
    .join(', ');

const byPerson = ({ people }: Figures, period: FiguresQuery): Section => {
  type Row = Figures['people'][number];
  const link = ({ person }: Row) => callsLink(period, { person });
  return {
    title: 'People',
    note: 'Transfers to a person, and what came of them',
    table: 'people',
    body: tableOf<Row>({
      label: 'Figures by person',
      rows: people,
      columns: [
        { name: 'Person', cell: ({ person }) => person },
        { name: 'Asked for', isNumber: true, cell: (row) => linked(countWords(row.requested), link(row)) },
        { name: 'Took the caller', isNumber: true, cell: (row) => shared(row.accepted, link(row)) },
        { name: 'Talk p50', isNumber: true, cell: (row) => linked(timeWords(row.talkMs.p50), link(row)) },
        { name: 'p95', isNumber: true, cell: (row) => linked(timeWords(row.talkMs.p95), link(row)) },
        { name: 'Outcomes', cell: (row) => outcomesOf(row.byOutcome) },
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
