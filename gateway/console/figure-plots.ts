import type { Figures } from '../../store/figures/figures.ts';
import type { Percentiles } from '../../store/figures/histogram.ts';
import { html, type Markup } from '../page/markup.ts';
import { handoffMatrix } from './matrix.ts';
import { countWords, dayWords, timeWords } from './number-words.ts';
import { plotted, type Series, timeTop } from './plot.ts';

const dayMs = 86_400_000;
type Day = Figures['days'][number];

/** Every day of the period: one without calls is a gap, and not left out. */
const everyDay = ({ from, to, days }: Figures): readonly (readonly [string, Day | undefined])[] => {
  const known = new Map(days.map((day) => [day.day, day]));
  const count = Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1;
  return Array.from({ length: count }, (_, at) => {
    const day = new Date(Date.parse(from) + at * dayMs).toISOString().slice(0, 10);
    return [day, known.get(day)];
  });
};

const columns = ['p50', 'p95', 'p99'] as const;

/** The plots of a period, day by day. Pure. */
export const figurePlots = (figures: Figures): Markup => {
  const all = everyDay(figures);
  const days = all.map(([day]) => day);
  const of = (name: string, value: (day: Day) => number | null): Series => ({
    name,
    values: all.map(([, day]) => (day === undefined ? null : value(day))),
  });
  const percentiles = (read: (day: Day) => Percentiles, some: readonly (typeof columns)[number][]) =>
    some.map((column) => of(column, (day) => read(day)[column]));
  const shared = { days, dayWords };
  const times = { ...shared, kind: 'lines', words: timeWords, top: timeTop } as const;
  return html`<section class="plots" aria-label="Day by day">
${plotted({
  ...shared,
  title: 'Calls per day',
  note: 'Calls that agents took and that are over',
  kind: 'bars',
  series: [of('calls', ({ calls }) => calls)],
  words: (value) => countWords(Math.round(value)),
  least: 4,
})}
${plotted({
  ...shared,
  title: 'Contained and resolved',
  note: 'Share of the calls of each day, in per cent',
  kind: 'lines',
  series: [
    of('contained', ({ contained }) => contained.share),
    of('resolved', ({ resolved }) => resolved.share),
    of('handed over', ({ handedOff }) => handedOff.share),
  ],
  words: (value) => `${Math.round(100 * value)}\u202f%`,
  least: 1,
  most: 1,
})}
${plotted({ ...times, title: 'Dead air at handoffs', note: 'Silence that callers heard at the switch', series: percentiles(({ deadAirMs }) => deadAirMs, columns) })}
${plotted({ ...times, title: 'To the first helpful word', note: 'From the request of a handoff', series: percentiles(({ helpfulMs }) => helpfulMs, columns) })}
${plotted({ ...times, title: 'Handle time', note: 'From the answer to the end of a call', series: percentiles(({ handleMs }) => handleMs, ['p50', 'p95']) })}
${handoffMatrix(figures)}
</section>`;
};
