import { nameOf } from '../../store/calls/category.ts';
import type { Effect, Side } from '../../store/suggestions/effect.ts';
import type { SuggestionView } from '../../store/suggestions/view.ts';
import { html, type Markup } from '../page/markup.ts';
import { chip } from '../page/words.ts';
import { linkTo } from './links.ts';
import { countWords, longDayWords, nothing, nWords, percentWords, timeWords } from './number-words.ts';

/** What was decided about it. Times are ISO 8601, UTC. */
type Decided =
  | { readonly state: 'open' }
  | { readonly state: 'accepted'; readonly at: string; readonly by: string | null; readonly effect: Effect }
  | { readonly state: 'dismissed'; readonly at: string; readonly by: string | null; readonly callsSince: number };

/** A piece of advice out of many handoffs, as a page shows it. */
export type ShownSuggestion = SuggestionView & { readonly decided: Decided };

/** The calls that a suggestion is based on: all of its kind, or those of them that ended with the specialist. */
const callsBehind = (
  { line, category, from, to, period }: SuggestionView,
  { endedThere }: { readonly endedThere: boolean },
): string =>
  linkTo('/calls', {
    from: period.from,
    to: period.until,
    line: nameOf(line),
    category: nameOf(category),
    answeredBy: nameOf(from),
    ...(endedThere ? { endedWith: nameOf(to) } : {}),
    turnedAway: false,
  });

const percentOf = (share: number, of: number): string => percentWords({ n: 0, of, share });

const evidence = (suggestion: SuggestionView): Markup => {
  const { k, n, share, to, interval, savesMs } = suggestion;
  const [inAll, there] = [callsBehind(suggestion, { endedThere: false }), callsBehind(suggestion, { endedThere: true })];
  return html`<p><a href="${there}">${countWords(k)}</a> of <a href="${inAll}">${countWords(n)} such calls</a> ended with ${to}: ${percentOf(share, n)}
<span class="n">95\u202f% interval ${percentOf(interval.low, n)} to ${percentOf(interval.high, n)}</span></p>
${savesMs === null || savesMs < 1_000 ? undefined : html`<p>Saves callers about <b>${timeWords(savesMs)}</b> each: the time until they get there now.</p>`}`;
};

const stateChip = ({ decided }: ShownSuggestion): Markup => {
  if (decided.state === 'open') return chip('open', '•', 'new');
  const by = decided.by === null ? '' : ` by ${decided.by}`;
  const when = `${longDayWords(decided.at)}${by}`;
  return decided.state === 'accepted' ? chip('good', '✓', `accepted ${when}`) : chip('plain', '–', `dismissed ${when}`);
};

type Measure = readonly [name: string, of: (side: Side) => Markup | string];

const measuresOf = (to: string): readonly Measure[] => [
  [`Answered by ${to}`, ({ direct }) => percentWords(direct)],
  ['Time until there, median', ({ specialistMs }) => html`${timeWords(specialistMs.p50)} ${nWords(specialistMs.n)}`],
  ['Handle time, median', ({ handleMs }) => timeWords(handleMs.p50)],
  ['Resolved', ({ resolved }) => html`${percentWords(resolved)} ${nWords(resolved.of)}`],
  ['Handoffs per call', ({ handoffs }) => (handoffs.perCall === null ? nothing : handoffs.perCall.toFixed(2))],
];

/** Both sides next to each other: a comparison of two times. */
const effectTable = ({ before, after }: Effect, to: string): Markup =>
  after.calls === 0
    ? html`<p>No such call since.</p>`
    : html`<div class="scroll" tabindex="0" role="region" aria-label="What came of it"><table class="effect"><thead><tr><th scope="col">What came of it</th><th scope="col" class="number">Before ${nWords(before.calls)}</th><th scope="col" class="number">Since ${nWords(after.calls)}</th></tr></thead><tbody>
${measuresOf(to).map(([name, of]) => html`<tr><th scope="row" dir="auto">${name}</th><td class="number">${of(before)}</td><td class="number">${of(after)}</td></tr>`)}
</tbody></table></div>`;

const came = ({ decided, to }: ShownSuggestion): Markup | undefined => {
  if (decided.state === 'accepted') return effectTable(decided.effect, to);
  return decided.state === 'dismissed'
    ? html`<p class="hint">${countWords(decided.callsSince)} such calls since. It is shown again after as many as it was based on.</p>`
    : undefined;
};

const button = (id: string, [name, words]: readonly [string, string]): Markup =>
  html`<form method="post" action="/api/v1/suggestions/${encodeURIComponent(id)}/${name}"><button type="submit">${words}</button></form>`;

const buttons = {
  open: [['accept', 'Accept'] as const, ['dismiss', 'Dismiss'] as const],
  decided: [['withdraw', 'Take back'] as const],
};

const card = (suggestion: ShownSuggestion): Markup => {
  const { id, line, category, from, to, decided } = suggestion;
  return html`<li>
<p class="advice" dir="auto">Send ${category} calls straight to ${to} ${stateChip(suggestion)}</p>
<p class="hint" dir="auto">Line ${line}, where ${from} answers them</p>
${evidence(suggestion)}
${came(suggestion)}
<div class="decide">${(decided.state === 'open' ? buttons.open : buttons.decided).map((each) => button(id, each))}</div>
</li>
`;
};

const none = html`<p class="hint">None. There is one when at least 50 calls of a kind mostly end with the same agent.</p>`;

/** What many handoffs advise. Undefined: nobody looks for advice. Pure. */
export const suggestionList = (suggestions: readonly ShownSuggestion[] | undefined): Markup | undefined => {
  if (suggestions === undefined) return undefined;
  const shown = suggestions.filter(({ decided }) => decided.state !== 'dismissed');
  const dismissed = suggestions.filter(({ decided }) => decided.state === 'dismissed');
  return html`<section class="suggestions" id="suggestions"><header><h2>Suggestions</h2><p>Who should answer. From the calls of the last 30 days, whatever period is chosen above; of a decided one, from those before the decision</p></header>
${shown.length === 0 ? none : html`<ul>${shown.map(card)}</ul>`}
${dismissed.length === 0 ? undefined : html`<details><summary>${countWords(dismissed.length)} dismissed</summary><ul>${dismissed.map(card)}</ul></details>`}
${suggestions.length === 0 ? undefined : html`<p class="hint">An accepted one holds from the next call on, and can be taken back. For programs: <code>POST /api/v1/suggestions/ID/accept</code>, <code>dismiss</code> or <code>withdraw</code>; the ids are in <a href="/api/v1/suggestions">the list</a>.</p>`}
</section>`;
};
