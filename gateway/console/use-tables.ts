import type { CallFilter } from '../../store/calls/filter.ts';
import type { Figures, FiguresQuery } from '../../store/figures/figures.ts';
import { html, type Markup } from '../page/markup.ts';
import { callsIn, linked, type Section, shareWords } from './figure-cells.ts';
import { callsLink } from './links.ts';
import { countWords, timeWords } from './number-words.ts';
import { tableOf } from './table.ts';

const inCalls = 'in calls';

/** Tools by their uses, next to the calls that these are in. Pure. */
export const byTool = ({ tools }: Figures, period: FiguresQuery): Section => {
  type Row = Figures['tools'][number];
  const link = ({ tool }: Row, filter: CallFilter = {}) => callsLink(period, { tool, ...filter });
  return {
    title: 'Tools',
    note: 'Each use counts; a call can have more than one of a tool',
    table: 'tools',
    body: tableOf<Row>({
      label: 'Figures by tool',
      rows: tools,
      columns: [
        { name: 'Tool', cell: ({ tool }) => html`<code>${tool}</code>` },
        { name: 'Uses', isNumber: true, cell: ({ uses }) => countWords(uses) },
        { name: inCalls, isNumber: true, cell: (row) => callsIn({ n: row.uses, calls: row.calls }, link(row)) },
        { name: 'Failed uses', isNumber: true, cell: ({ failed }) => shareWords(failed) },
        {
          name: inCalls,
          isNumber: true,
          cell: (row) => callsIn({ n: row.failed.n, calls: row.failedCalls }, link(row, { toolStatus: 'error' })),
        },
        { name: 'Timed out', isNumber: true, cell: ({ timedOut }) => shareWords(timedOut) },
        {
          name: inCalls,
          isNumber: true,
          cell: (row) => callsIn({ n: row.timedOut.n, calls: row.timedOutCalls }, link(row, { toolStatus: 'timeout' })),
        },
        { name: 'p50', isNumber: true, cell: ({ ms }) => timeWords(ms.p50) },
        { name: 'p95', isNumber: true, cell: ({ ms }) => timeWords(ms.p95) },
        { name: 'p99', isNumber: true, cell: ({ ms }) => timeWords(ms.p99) },
      ],
    }),
  };
};

/** People by how often they were asked for, next to the calls that these are in. Pure. */
export const byPerson = ({ people }: Figures, period: FiguresQuery): Section => {
  type Row = Figures['people'][number];
  const link = ({ person }: Row, filter: CallFilter = {}) => callsLink(period, { person, ...filter });
  const outcomes = (row: Row): Markup =>
    html`${Object.entries(row.byOutcome)
      .sort(([, one], [, other]) => other - one)
      .map(([outcome, n], at) => {
        const calls = row.callsByOutcome[outcome] ?? 0;
        const words = `${outcome} ${countWords(n)}`;
        const shown = linked(words, link(row, { personOutcome: outcome }));
        return html`${at === 0 ? undefined : ', '}${shown}${calls === 0 || calls === n ? undefined : ` in ${countWords(calls)} calls`}`;
      })}`;
  return {
    title: 'People',
    note: 'Transfers to a person, and what came of them; a call can have more than one',
    table: 'people',
    body: tableOf<Row>({
      label: 'Figures by person',
      rows: people,
      columns: [
        { name: 'Person', cell: ({ person }) => person },
        { name: 'Asked for', isNumber: true, cell: ({ requested }) => countWords(requested) },
        { name: inCalls, isNumber: true, cell: (row) => callsIn({ n: row.requested, calls: row.calls }, link(row)) },
        { name: 'Took the caller', isNumber: true, cell: ({ accepted }) => shareWords(accepted) },
        {
          name: inCalls,
          isNumber: true,
          cell: (row) => callsIn({ n: row.accepted.n, calls: row.acceptedCalls }, link(row, { personTook: true })),
        },
        { name: 'Talk p50', isNumber: true, cell: ({ talkMs }) => timeWords(talkMs.p50) },
        { name: 'p95', isNumber: true, cell: ({ talkMs }) => timeWords(talkMs.p95) },
        { name: 'Outcomes', cell: outcomes },
      ],
    }),
  };
};
