import type { CallEntry, Speech } from '../page/call-entry.ts';
import { capital } from '../page/in-short.ts';
import { html, type Markup } from '../page/markup.ts';
import { momentText } from '../page/moment.ts';

/** Names of those who speak, and the class of each: its colour. */
export type ClassOf = (who: string) => string;

const laneHeight = 26;
const barHeight = 14;
const axisHeight = 22;
const longestGap = 200;

interface Span {
  readonly at: number;
  readonly ms: number;
  readonly words: string;
}

interface Lane {
  readonly who: string;
  readonly spans: readonly Span[];
}

const percent = (at: number, endMs: number): string => `${((100 * Math.max(0, Math.min(at, endMs))) / endMs).toFixed(3)}%`;

const isSpeech = (entry: CallEntry): entry is Speech => entry.kind === 'speech';

/** One after another: what begins before the end of what is before it is cut there. */
const spansOf = (speeches: readonly Speech[]): readonly Span[] =>
  speeches.map(({ at, ms, text }, number) => ({
    at,
    ms: Math.max(longestGap, Math.min(ms, (speeches[number + 1]?.at ?? Infinity) - at)),
    words: text ?? '(nothing was written down)',
  }));

/** The caller is above, then agents in the order in which they spoke. */
const lanesOf = (entries: readonly CallEntry[]): readonly Lane[] => {
  const speeches = entries.filter(isSpeech);
  const names = [...new Set(['caller', ...speeches.map(({ who }) => who)])];
  return names.map((who) => ({ who, spans: spansOf(speeches.filter((speech) => speech.who === who)) }));
};

/** From when to when the caller was with a person. */
const withPeople = (entries: readonly CallEntry[], endMs: number): readonly Span[] =>
  entries.flatMap((entry, number) => {
    if (entry.kind !== 'joined') return [];
    const after = entries.slice(number).find((other) => other.kind === 'note' && other.words.startsWith('The talk with'));
    return [{ at: entry.at, ms: (after?.at ?? endMs) - entry.at, words: 'with a person' }];
  });

const steps = [5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000];

const ticksOf = (endMs: number): readonly number[] => {
  const step = steps.find((each) => endMs / each <= 8) ?? 900_000;
  return Array.from({ length: Math.floor((0.97 * endMs) / step) + 1 }, (_, at) => at * step);
};

const shortMoment = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

interface Axis {
  readonly endMs: number;
  readonly height: number;
}

/** A handoff, from its request to the moment at which the next agent has the caller. */
const handoffMarks = (entries: readonly CallEntry[], { endMs, height }: Axis): readonly Markup[] =>
  entries.flatMap((entry) =>
    entry.kind === 'handoff'
      ? [
          html`<g class="handoff"><rect x="${percent(entry.at - entry.switchMs, endMs)}" width="${percent(entry.switchMs, endMs)}" y="0" height="${height}"/><line x1="${percent(entry.at, endMs)}" x2="${percent(entry.at, endMs)}" y1="0" y2="${height}"/><title>Handoff from ${entry.from} to ${entry.to} at ${momentText(entry.at)}</title></g>`,
        ]
      : [],
  );

const toolMarks = (entries: readonly CallEntry[], { endMs, height }: Axis): readonly Markup[] =>
  entries.flatMap((entry) =>
    entry.kind === 'tool'
      ? [
          html`<circle class="tool${entry.status === 'ok' ? undefined : ' bad'}" cx="${percent(entry.at, endMs)}" cy="${height - laneHeight / 2}" r="4.5"><title>${entry.name} at ${momentText(entry.at)}: ${entry.status}</title></circle>`,
        ]
      : [],
  );

const bar = (
  { at, ms, words }: Span,
  place: { readonly y: number; readonly kind: string; readonly endMs: number },
): Markup =>
  html`<rect class="${place.kind}" x="${percent(at, place.endMs)}" width="${percent(ms, place.endMs)}" y="${place.y}" height="${barHeight}" rx="2"><title>${momentText(at)}: ${words.slice(0, 160)}</title></rect>`;

const inWords = (lanes: readonly Lane[], endMs: number): string =>
  `Who spoke when, ${shortMoment(endMs)} minutes: ${lanes.map(({ who, spans }) => `${who} ${spans.length} times`).join(', ')}.`;

/** Who spoke when, with tools and handoffs, over one axis of time. Pure. */
export const timeLine = (entries: readonly CallEntry[], endMs: number, classOf: ClassOf): Markup => {
  const people = withPeople(entries, endMs);
  const hasTools = entries.some(({ kind }) => kind === 'tool');
  const lanes = lanesOf(entries);
  const all = [
    ...lanes.map(({ who, spans }) => ({ name: capital(who), kind: `who ${classOf(who)}`, spans })),
    ...(people.length === 0 ? [] : [{ name: 'Person', kind: 'who who-person', spans: people }]),
  ];
  const rows = all.length + (hasTools ? 1 : 0);
  const height = rows * laneHeight;
  const names = [...all.map(({ name }) => name), ...(hasTools ? ['Tools'] : [])];
  return html`<section class="line" aria-labelledby="line-title"><h2 id="line-title">Who spoke when</h2>
<div class="canvas"><svg class="y" width="96" height="${height + axisHeight}" aria-hidden="true">${names.map((name, row) => html`<text class="${all[row]?.kind}" x="0" y="${row * laneHeight + laneHeight / 2 + 4}">${name.slice(0, 14)}</text>`)}</svg>
<svg class="area" width="100%" height="${height + axisHeight}" role="img" aria-label="${inWords(lanes, endMs)}">${names.map((_, row) => html`<line class="grid" x1="0" x2="100%" y1="${(row + 1) * laneHeight}" y2="${(row + 1) * laneHeight}"/>`)}
${handoffMarks(entries, { endMs, height })}
${all.map(({ kind, spans }, row) => spans.map((span) => bar(span, { y: row * laneHeight + (laneHeight - barHeight) / 2, kind, endMs })))}
${hasTools ? toolMarks(entries, { endMs, height }) : undefined}
${ticksOf(endMs).map((at) => html`<text x="${percent(at, endMs)}" y="${height + 16}">${shortMoment(at)}</text>`)}</svg></div>
<p class="hint">How long a caller's words last is estimated from their number.</p></section>`;
};
