import type { CallFilter } from '../../store/calls/filter.ts';
import type { CallFigures, Share } from '../../store/figures/figures.ts';
import { html, type Markup } from '../page/markup.ts';
import { countWords, dollarWords, nothing, nWords, percentWords, timeWords } from './number-words.ts';
import type { ColumnOf } from './table.ts';

/** One table of the page, with its title and the name of its CSV. */
export interface Section {
  readonly title: string;
  readonly note: string;
  readonly table: string;
  readonly body: Markup;
}

/** A number that leads to what is behind it. */
export const linked = (words: string, link: string): Markup => html`<a href="${link}">${words}</a>`;

/** In how many calls something happened `n` times, with its link; sums of before this was counted have the list, and no number. */
export const callsIn = ({ n, calls }: { readonly n: number; readonly calls: number }, link: string): Markup | string => {
  if (n === 0) return nothing;
  return linked(calls === 0 ? 'list' : countWords(calls), link);
};

export const shareWords = (share: Share): Markup => html`${percentWords(share)} ${nWords(share.of)}`;

/** A share with its n beside it. */
export const shared = (share: Share, link: string): Markup => html`${linked(percentWords(share), link)} ${nWords(share.of)}`;

type LinkOf<Row> = (row: Row, filter?: CallFilter) => string;

/** Columns of figures of calls, by name; `link` leads to the calls behind a number. */
export const callColumns = <Row extends CallFigures>(link: LinkOf<Row>) => {
  const column = (name: string, cell: (row: Row) => Markup): ColumnOf<Row> => ({ name, isNumber: true, cell });
  return {
    calls: column('Calls', (row) => linked(countWords(row.calls), link(row))),
    contained: column('Contained', (row) => shared(row.contained, link(row, { contained: true }))),
    resolved: column('Resolved', (row) => shared(row.resolved, link(row, { resolved: 'yes' }))),
    handedOver: column('Handed over', (row) => shared(row.handedOff, link(row, { handedOff: true }))),
    askedAgain: column('Asked again', (row) => shared(row.askedAgain, link(row, { askedAgain: true }))),
    p50: column('Handle time p50', (row) => linked(timeWords(row.handleMs.p50), link(row))),
    p95: column('p95', (row) => linked(timeWords(row.handleMs.p95), link(row))),
    cost: column('Cost per call', (row) => linked(dollarWords(row.costPerCall.usd), link(row))),
  };
};
