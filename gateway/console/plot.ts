import { html, type Markup } from '../page/markup.ts';

/** One line of a plot. */
export interface Series {
  readonly name: string;
  /** Of each day; null: there is none. */
  readonly values: readonly (number | null)[];
}

export interface Plot {
  readonly title: string;
  /** What is plotted, of what, and in which unit. */
  readonly note: string;
  readonly kind: 'bars' | 'lines';
  /** Of the values, in order. */
  readonly days: readonly string[];
  readonly series: readonly Series[];
  /** The top of the axis is at least here. */
  readonly least?: number;
  readonly most?: number;
  /** The top of the axis for a highest value; by default the next round number. */
  top?(most: number): number;
  /** A value in words. */
  words(value: number): string;
  dayWords(day: string): string;
}

// Widths are in per cent and heights in pixels, so that text keeps its size at any width of the page.
const height = 180;
const top = 8;
const axis = 24;
const room = height - top - axis;

const roundNumbers = [1, 2, 2.5, 5, 10];
/** Tops of axes whose half is a time that people say, in milliseconds from a minute on. */
const roundTimes = [1, 2, 4, 6, 10, 20, 30, 60, 120, 240, 480, 1_440].map((minutes) => minutes * 60_000);

/** The next of 1, 2, 2.5, 5, 10 … */
const roundTop = (most: number): number => {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = roundNumbers.find((each) => each * power >= most * 0.999) ?? 10;
  return step * power;
};

/** The next time that people say. */
export const timeTop = (most: number): number =>
  most <= 30_000 ? roundTop(most) : (roundTimes.find((each) => each >= most) ?? roundTop(most));

const topOf = ({ series, least = 0, most = Infinity, top: topFor = roundTop }: Plot): number => {
  const highest = series.flatMap(({ values }) => values).reduce<number>((most, value) => Math.max(most, value ?? 0), least);
  return Math.min(topFor(highest), most);
};

const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;
const yOf = (value: number, highest: number): string => (top + room * (1 - Math.min(value, highest) / highest)).toFixed(1);

/** The middle of a day. */
const xOf = (at: number, days: number): string => percent((at + 0.5) / Math.max(1, days));

const grid = [0, 0.5, 1];

const gridLines = (highest: number): readonly Markup[] =>
  grid.map((share) => {
    const y = yOf(share * highest, highest);
    return html`<line class="${share === 0 ? 'base' : 'grid'}" x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
  });

const values = (plot: Plot, highest: number): Markup =>
  html`<svg class="y" width="68" height="${height}" aria-hidden="true">${grid.map(
    (share) =>
      html`<text x="60" y="${Number(yOf(share * highest, highest)) + 4}" text-anchor="end">${share === 0 ? '0' : plot.words(share * highest)}</text>`,
  )}</svg>`;

/** At most five, the first and the last among them. */
const labelled = (days: number): readonly number[] => {
  const count = Math.min(5, days);
  return Array.from({ length: count }, (_, at) => (count === 1 ? 0 : Math.round((at * (days - 1)) / (count - 1))));
};

const dayLabels = ({ days, dayWords }: Plot): readonly Markup[] =>
  labelled(days.length).map(
    (at, number, all) =>
      html`<text class="${number % 2 === 1 && all.length > 3 ? 'minor' : undefined}" x="${xOf(at, days.length)}" y="${height - 6}" text-anchor="middle">${dayWords(days[at] ?? '')}</text>`,
  );

const bars = ({ days, series, words, dayWords }: Plot, highest: number): readonly Markup[] =>
  (series[0]?.values ?? []).map((value, at) => {
    if (value === null) return html``;
    const y = yOf(value, highest);
    const width = Math.min(0.72 / days.length, 0.09);
    return html`<rect class="bar s0" x="${percent((at + 0.5) / days.length - width / 2)}" width="${percent(width)}" y="${y}" height="${(top + room - Number(y)).toFixed(1)}"><title>${dayWords(days[at] ?? '')}: ${words(value)}</title></rect>`;
  });

const lineOf = (
  values_: readonly (number | null)[],
  { highest, number }: { readonly highest: number; readonly number: number },
) =>
  values_.flatMap((value, at) => {
    if (value === null) return [];
    const [x, y] = [xOf(at, values_.length), yOf(value, highest)];
    const before = values_[at - 1] ?? null;
    const from =
      before === null
        ? undefined
        : html`<line class="line s${number}" x1="${xOf(at - 1, values_.length)}" y1="${yOf(before, highest)}" x2="${x}" y2="${y}"/>`;
    const isAlone = before === null && (values_[at + 1] ?? null) === null;
    return [
      html`${from}${values_.length <= 45 || isAlone ? html`<circle class="dot s${number}" cx="${x}" cy="${y}" r="2.5"/>` : undefined}`,
    ];
  });

/** Over each day a stretch that says its values when it is pointed at. */
const tips = ({ days, series, words, dayWords }: Plot): readonly Markup[] =>
  days.map((day, at) => {
    const said = series.map(({ name, values: ofDay }) => {
      const value = ofDay[at] ?? null;
      return `${name} ${value === null ? '–' : words(value)}`;
    });
    return html`<rect class="tip" x="${percent(at / days.length)}" width="${percent(1 / days.length)}" y="0" height="${height - axis}"><title>${dayWords(day)}: ${said.join(', ')}</title></rect>`;
  });

const drawn = (plot: Plot, highest: number): Markup =>
  plot.kind === 'bars'
    ? html`${bars(plot, highest)}`
    : html`${plot.series.map(({ values: ofSeries }, number) => lineOf(ofSeries, { highest, number }))}${tips(plot)}`;

/** What the plot says, for those who do not see it. */
const inWords = ({ title, series, days, words, dayWords }: Plot): string => {
  const first = dayWords(days[0] ?? '');
  const last = dayWords(days.at(-1) ?? '');
  const spans = series.map(({ name, values: ofSeries }) => {
    const known = ofSeries.flatMap((value) => value ?? []);
    if (known.length === 0) return `${name}: no values`;
    return `${name}: ${words(Math.min(...known))} to ${words(Math.max(...known))}, last ${words(known.at(-1) ?? 0)}`;
  });
  return `${title}, ${first} to ${last}. ${spans.join('; ')}.`;
};

/** One of a single series is empty: it keeps plots that stand side by side at one height. */
const legend = ({ series, kind }: Plot): Markup =>
  kind === 'bars'
    ? html`<p class="legend"></p>`
    : html`<ul class="legend">${series.map(({ name }, number) => html`<li><svg width="18" height="10" aria-hidden="true"><line class="line s${number}" x1="1" x2="17" y1="5" y2="5"/></svg>${name}</li>`)}</ul>`;

/** A plot of days as a figure: SVG with axes, units and a title. Pure. */
export const plotted = (plot: Plot): Markup => {
  const highest = topOf(plot);
  return html`<figure class="plot"><figcaption><h3>${plot.title}</h3><p>${plot.note}</p></figcaption>${legend(plot)}
<div class="canvas">${values(plot, highest)}<svg class="area" width="100%" height="${height}" role="img" aria-label="${inWords(plot)}">${gridLines(highest)}${drawn(plot, highest)}${dayLabels(plot)}</svg></div></figure>`;
};
