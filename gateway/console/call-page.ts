import type { CallRecord } from '../../store/calls/record.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { HandoffRecord } from '../../store/handoffs/record.ts';
import type { CallEntry, Speech } from '../page/call-entry.ts';
import { endReasonWords } from '../page/end-words.ts';
import { html, type Markup } from '../page/markup.ts';
import { type Known, knownName, knownOver, momentText } from '../page/moment.ts';
import { type TranscriptLook, transcript } from '../page/transcript.ts';
import { chip, cut } from '../page/words.ts';
import { startOf, storyOf } from './call-story.ts';
import { resolvedChip } from './calls-page.ts';
import { framed } from './frame.ts';
import { outcomeOf } from './handoffs-page.ts';
import { countWords, longDayWords, microsWords, nothing, timeWords } from './number-words.ts';
import { recordingPanel } from './recording-panel.ts';
import { type ClassOf, timeLine } from './time-line.ts';

export interface CallView {
  readonly callId: string;
  /** None: its log is not kept any more; the record tells what is left. */
  readonly events: readonly ContextEvent[];
  /** Undefined: the call is not over, or not looked into yet. */
  readonly record: CallRecord | undefined;
  /** Oldest first. */
  readonly handoffs: readonly HandoffRecord[];
  /** Whether it goes on in this process. */
  readonly isLive: boolean;
}

const longestText = 4_000;
const colours = 6;

/** Everybody has a colour by the order in which they speak. */
const classesOf = (entries: readonly CallEntry[]): ClassOf => {
  const names = [...new Set(entries.flatMap((entry) => (entry.kind === 'speech' ? [entry.who] : [])))].filter(
    (who) => who !== 'caller',
  );
  return (who) => {
    if (who === 'caller' || who === 'person') return `who-${who}`;
    const at = names.indexOf(who);
    return `who-${at === -1 ? 0 : at % colours}`;
  };
};

const lookOf = (classOf: ClassOf): TranscriptLook => ({
  moment: (at) => html`<span class="moment">${momentText(at)}</span>`,
  words: ({ text }: Speech) =>
    text === undefined ? html`<i>(spoke, but nothing was written down)</i>` : html`${cut(text, longestText)}`,
  classOf,
});

const term = (name: string, value: Markup | string | undefined): Markup | undefined =>
  value === undefined ? undefined : html`<div><dt>${name}</dt><dd dir="auto">${value}</dd></div>\n`;

const verdict = (value: boolean | null): Markup => {
  if (value === null) return html`<span class="n">nobody said</span>`;
  return value ? chip('good', '✓', 'solved') : chip('bad', '✕', 'not solved');
};

const glance = (record: CallRecord): Markup => html`<dl class="tiles few-tiles" aria-label="At a glance">
${record.turnedAway === null ? html`<div class="tile"><dt>Handle time</dt><dd><span class="big">${timeWords(record.handleMs)}</span></dd></div>` : undefined}
<div class="tile"><dt>Resolved</dt><dd><span class="big">${resolvedChip(record)}</span></dd></div>
<div class="tile"><dt>Handoffs</dt><dd><span class="big">${countWords(record.handoffs.length)}</span></dd></div>
<div class="tile"><dt>Asked again</dt><dd><span class="big">${countWords(record.askedAgain)}</span></dd></div>
<div class="tile"><dt>Cost</dt><dd><span class="big">${microsWords(record.cost?.usdMicros)}</span></dd></div>
</dl>`;

const tokensOf = (tokens: CallRecord['tokens']): string | undefined =>
  tokens === null
    ? undefined
    : Object.entries(tokens)
        .filter(([, n]) => n > 0)
        .map(([kind, n]) => `${knownName(kind)} ${countWords(n)}`)
        .join(', ') || undefined;

const recordPanel = (record: CallRecord): Markup => html`<section class="panel"><h2>The record</h2><dl class="terms">
${term('Line', record.line)}
${term('About', record.category ?? nothing)}
${term('How it ended', endReasonWords(record.endReason))}
${term('Turned away', record.turnedAway ?? undefined)}
${term('Contained', record.contained === null ? nothing : record.contained ? 'yes' : 'no')}
${term('The caller says', verdict(record.resolution.caller))}
${term('A tool or the person says', verdict(record.resolution.tool))}
${term('The agent claims', verdict(record.resolution.agent))}
${term('Called again', record.resolution.repeatedAt === null ? 'not so far' : `${longDayWords(record.resolution.repeatedAt)}, ${record.resolution.repeatedAt.slice(11, 16)}`)}
${term('Solved by', record.solvedBy ?? nothing)}
${term('Mood', `${record.sentimentStart ?? nothing} → ${record.sentimentEnd ?? nothing}`)}
${term('Tokens', tokensOf(record.tokens))}
${term('Prices as of', record.cost?.asOf ?? undefined)}
${term('Judged by', record.judgedBy)}
</dl></section>`;

const handoffCard = (handoff: HandoffRecord): Markup => html`<li>
<p><b>${handoff.from} → ${handoff.to}</b> ${outcomeOf(handoff)}</p>
<p class="reason" dir="auto">${cut(handoff.reason, 400)}</p>
<dl class="terms">
${term('Why', handoff.trigger ?? undefined)}
${term('Dead air', timeWords(handoff.silenceMs))}
${term('First sound', timeWords(handoff.firstAudioMs))}
${term('First helpful word', timeWords(handoff.helpfulMs))}
${term('Facts carried', handoff.factsCarried === null ? nothing : countWords(handoff.factsCarried))}
${term('Left out', handoff.leftOut.length === 0 ? 'nothing' : handoff.leftOut.join(', '))}
${term('Asked again', handoff.askedAgain.length === 0 ? 'no' : handoff.askedAgain.map(({ field, sentence }) => `${field}: “${sentence}”`).join('; '))}
${term('Handed back', handoff.handedBack === null ? nothing : handoff.handedBack ? 'yes' : 'no')}
</dl></li>
`;

const handoffPanel = (handoffs: readonly HandoffRecord[]): Markup | undefined =>
  handoffs.length === 0
    ? undefined
    : html`<section class="panel"><h2>Handoffs</h2><ol class="cards">${handoffs.map(handoffCard)}</ol></section>`;

const transferPanel = (transfers: CallRecord['transfers']): Markup | undefined =>
  transfers.length === 0
    ? undefined
    : html`<section class="panel"><h2>People</h2><ol class="cards">${transfers.map(
        ({ to, way, outcome, wasAccepted, talkMs }) =>
          html`<li><p><b>${to}</b> ${wasAccepted ? chip('good', '✓', 'took the caller') : chip('bad', '✕', 'did not')} <small>${way}, ${outcome}${talkMs === null ? undefined : html`, talked ${timeWords(talkMs)}`}</small></p></li>`,
      )}</ol></section>`;

const knownPanel = (known: readonly Known[]): Markup | undefined => {
  const rows = known.filter(({ until }) => until === undefined);
  if (rows.length === 0) return undefined;
  return html`<section class="panel"><h2>What is known</h2><dl class="terms">${rows.map(
    ({ key, value, source, at }) =>
      html`<div><dt dir="auto">${cut(knownName(key), 80)}</dt><dd dir="auto">${cut(value, 400)} <small>from ${source}, ${momentText(at)}</small></dd></div>\n`,
  )}</dl></section>`;
};

const raw = ({ callId, events }: CallView): Markup => html`<p class="exports">As JSON:
<a href="/api/v1/calls/${callId}">all of it</a>${events.length === 0 ? undefined : html` <a href="/api/v1/calls/${callId}/bundle">bundle</a> <a href="/api/v1/calls/${callId}/events">events</a>`}</p>`;

const said = (entries: readonly CallEntry[], classOf: ClassOf): Markup =>
  entries.length === 0 ? html`<p class="hint">It is not kept any more.</p>` : html`${transcript(entries, lookOf(classOf))}`;

const stateOf = ({ record, isLive }: CallView): Markup | undefined => {
  if (isLive) return html`<p class="live">This call goes on.</p>`;
  return record === undefined
    ? html`<p class="hint">There is no record of this call yet: it is made a moment after its end.</p>`
    : undefined;
};

const numbersOf = (entries: readonly CallEntry[]): string => {
  const ring = entries.find((entry) => entry.kind === 'ring');
  return ring?.kind === 'ring' && ring.from !== '' ? `${ring.from} called ${ring.to}` : 'The number is not known';
};

/** The page of one call: who spoke when, what was said and done, what was known, and what came of it. Pure. */
export const callPage = (view: CallView): string => {
  const { callId, events, record, handoffs } = view;
  const entries = storyOf(events);
  const classOf = classesOf(entries);
  const endMs = Math.max(1_000, ...entries.slice(-50).map((entry) => entry.at + (entry.kind === 'speech' ? entry.ms : 0)));
  const iso = record?.startedAt ?? new Date(startOf(events)).toISOString();
  return framed({
    title: `Call of ${longDayWords(iso)}`,
    here: 'calls',
    body: html`<header class="head"><h1>Call of ${longDayWords(iso)}, ${iso.slice(11, 16)}</h1><p class="sub" dir="auto">${entries.length === 0 ? undefined : html`${numbersOf(entries)} · `}<code>${callId}</code></p></header>
${stateOf(view)}
${record === undefined ? undefined : glance(record)}
${entries.length === 0 ? undefined : timeLine(entries, endMs, classOf)}
<div class="columns"><section class="said-list" aria-labelledby="said-title"><h2 id="said-title">What was said and done</h2>${said(entries, classOf)}</section>
<div class="side">${recordingPanel(callId, events, view.isLive)}${record === undefined ? undefined : recordPanel(record)}${handoffPanel(handoffs)}${record === undefined ? undefined : transferPanel(record.transfers)}${knownPanel(knownOver(entries))}</div></div>
${raw(view)}`,
  });
};
