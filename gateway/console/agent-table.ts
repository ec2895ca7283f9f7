import type { Figures, FiguresQuery, Share } from '../../store/figures/figures.ts';
import type { HandoffFilter } from '../../store/handoffs/filter.ts';
import type { Markup } from '../page/markup.ts';
import { callColumns, linked, type Section, shared } from './figure-cells.ts';
import { callsLink, handoffsLink } from './links.ts';
import { countWords, nothing } from './number-words.ts';
import { tableOf } from './table.ts';

type Pairs = Figures['pairs'];

/** What an agent did itself: handoffs that it asked for, and those by which it got the caller. */
interface Own {
  readonly handedOn: number;
  readonly takenOver: number;
  /** Of those that it got. */
  readonly askedAgain: Share;
}

const total = (pairs: Pairs, read: (pair: Pairs[number]) => number): number =>
  pairs.reduce((sum, pair) => sum + read(pair), 0);

const ownOf = (agent: string, pairs: Pairs): Own => {
  const [away, here] = [pairs.filter(({ from }) => from === agent), pairs.filter(({ to }) => to === agent)];
  const [n, of] = [total(here, ({ askedAgain }) => askedAgain.n), total(here, ({ askedAgain }) => askedAgain.of)];
  return {
    handedOn: total(away, ({ committed }) => committed.n),
    takenOver: total(here, ({ committed }) => committed.n),
    askedAgain: { n, of, share: of === 0 ? null : n / of },
  };
};

const countIn = (n: number, link: string): Markup | string => (n === 0 ? '0' : linked(countWords(n), link));

/** The agents: of the whole calls in which one had the caller, and what it did itself. Pure. */
export const byAgent = ({ agents, pairs }: Figures, period: FiguresQuery): Section => {
  type Row = Figures['agents'][number] & { readonly own: Own };
  const ofCalls = callColumns<Row>(({ agent }, filter) => callsLink(period, { agent, ...filter }));
  const handoffs = (filter: HandoffFilter) => handoffsLink(period, { ...filter, outcome: 'committed' });
  return {
    title: 'Agents',
    note: 'Contained, resolved and handle time are of the whole calls in which an agent had the caller: a call counts for each of its agents',
    table: 'agents',
    body: tableOf<Row>({
      label: 'Figures by agent',
      rows: agents.map((row) => ({ ...row, own: ownOf(row.agent, pairs) })),
      columns: [
        { name: 'Agent', cell: ({ agent }) => agent },
        ofCalls.calls,
        ofCalls.contained,
        ofCalls.resolved,
        ofCalls.p50,
        ofCalls.p95,
        {
          name: 'Took over',
          isNumber: true,
          cell: ({ agent, own }) => countIn(own.takenOver, handoffs({ pairTo: agent })),
        },
        {
          name: 'Then asked again',
          isNumber: true,
          cell: ({ agent, own }) =>
            own.askedAgain.of === 0 ? nothing : shared(own.askedAgain, handoffs({ pairTo: agent, askedAgain: true })),
        },
        {
          name: 'Handed on',
          isNumber: true,
          cell: ({ agent, own }) => countIn(own.handedOn, handoffs({ pairFrom: agent })),
        },
      ],
    }),
  };
};
