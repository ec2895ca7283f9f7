import { html, type Markup } from '../page/markup.ts';
import { linkTo } from './links.ts';
import { countWords, percentWords, timeWords } from './number-words.ts';

/** A piece of advice out of many handoffs, as a page shows it. */
export interface ShownSuggestion {
  /** What to do, in a sentence. */
  readonly advice: string;
  /** `n` of `of` calls say so; the interval is 0 to 1. */
  readonly n: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
  /** What each call would save; null: not known. */
  readonly savesMs: number | null;
  readonly state: 'open' | 'accepted' | 'dismissed';
  /** The query of `/calls` with the calls behind it. */
  readonly calls: Readonly<Record<string, string>>;
}

const bound = (share: number, of: number): string => percentWords({ n: 0, of, share });

const card = ({ advice, n, of, low, high, savesMs, state, calls }: ShownSuggestion): Markup => html`<li>
<p class="advice" dir="auto">${advice}</p>
<p class="n"><a href="${linkTo('/calls', calls)}">${countWords(n)} of ${countWords(of)} calls</a>, ${percentWords({ n, of, share: of === 0 ? null : n / of })}
(95\u202f% interval ${bound(low, of)} to ${bound(high, of)})${savesMs === null ? undefined : html` · saves about ${timeWords(savesMs)} each`}
${state === 'open' ? undefined : html` · <b>${state}</b>`}</p>
</li>
`;

/** What many handoffs advise. Undefined: nobody looks for advice. Pure. */
export const suggestionList = (suggestions: readonly ShownSuggestion[] | undefined): Markup | undefined => {
  if (suggestions === undefined) return undefined;
  const open = suggestions.filter(({ state }) => state !== 'dismissed');
  return html`<section class="suggestions"><h2>Suggestions</h2>${
    open.length === 0
      ? html`<p class="hint">None. There is one when at least 50 calls of a kind mostly end with the same agent.</p>`
      : html`<ul>${open.map(card)}</ul>`
  }</section>`;
};
