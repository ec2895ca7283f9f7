import type { WallTime } from '../../infra/brand.ts';
import type { BundleHandoff, BundleMessage, ContextBundle } from '../../store/context/bundle.ts';
import { html, type Markup } from '../page/markup.ts';
import { cut, cutName, momentOf } from '../page/words.ts';

/** In characters. */
const longestTurn = 2_000;
/** Turns that are shown at once, and turns that are there at all. */
const newestTurns = 8;
const mostTurns = 400;

interface Entry {
  readonly at: WallTime;
  readonly markup: Markup;
}

const callerWords = ({ content }: BundleMessage): Markup =>
  content === null || content === ''
    ? html`<p class="hint">(spoke, but nothing was written down)</p>`
    : html`<p dir="auto">${cut(content, longestTurn)}</p>`;

/** What the caller heard of it, and what they didn't. */
const assistantWords = ({ content, heard }: BundleMessage): Markup => {
  const said = content ?? '';
  if (heard === undefined || heard === said) return html`<p dir="auto">${cut(said, longestTurn)}</p>`;
  const missed = said.startsWith(heard) ? said.slice(heard.length).trim() : said;
  const rest = html`<p class="unheard"><strong>Not heard by the caller:</strong> <span dir="auto">${cut(missed, longestTurn)}</span></p>`;
  return heard.trim() === '' ? rest : html`<p dir="auto">${cut(heard, longestTurn)} –</p>${rest}`;
};

const turnOf = (message: BundleMessage, start: WallTime): Entry => {
  const isCaller = message.role === 'user';
  const who = isCaller ? html`Caller` : html`Assistant <span class="agent" dir="auto">${cutName(message.agent)}</span>`;
  return {
    at: message.at,
    markup: html`<li class="${isCaller ? 'caller' : 'assistant'}">
<p class="who"><strong>${who}</strong> <span class="when">${momentOf(message.at, start)}</span></p>
${isCaller ? callerWords(message) : assistantWords(message)}
</li>
`,
  };
};

const handoffOf = (handoff: BundleHandoff, start: WallTime): Entry => {
  const at = handoff.committedAt ?? handoff.requestedAt;
  const did = handoff.outcome === 'committed' ? 'handed over to' : 'could not hand over to';
  return {
    at,
    markup: html`<li class="handoff"><p dir="auto">${cutName(handoff.from)} ${did} ${cutName(handoff.to)}: ${cut(handoff.reason, 300)}
<span class="when">${momentOf(at, start)}</span></p></li>
`,
  };
};

const listOf = (entries: readonly Entry[]): Markup => html`<ol class="talk">${entries.map(({ markup }) => markup)}</ol>`;

const earlier = (entries: readonly Entry[]): Markup | undefined => {
  if (entries.length === 0) return undefined;
  const shown = entries.slice(-mostTurns);
  const missing = entries.length - shown.length;
  const note = missing === 0 ? undefined : html`<p class="hint">${missing} older turns are not shown.</p>`;
  return html`<details><summary>Show what was said before (${shown.length})</summary>${note}${listOf(shown)}</details>`;
};

/** The conversation, in the order in which it was spoken; the newest turns are open, the older ones folded. */
export const conversation = (bundle: ContextBundle, start: WallTime): Markup => {
  const decided = bundle.handoffs.filter(({ outcome }) => outcome !== 'pending');
  const entries = [
    ...bundle.messages.map((message) => turnOf(message, start)),
    ...decided.map((handoff) => handoffOf(handoff, start)),
  ].sort((one, other) => one.at - other.at);
  if (entries.length === 0) return html`<section><h2>Conversation</h2><p class="hint">Nothing was said yet.</p></section>`;
  return html`<section><h2>Conversation</h2>${earlier(entries.slice(0, -newestTurns))}${listOf(entries.slice(-newestTurns))}</section>`;
};
