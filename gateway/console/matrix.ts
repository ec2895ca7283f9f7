import type { Figures } from '../../store/figures/figures.ts';
import { html, type Markup } from '../page/markup.ts';
import { handoffsLink } from './links.ts';
import { countWords, timeWords } from './number-words.ts';

const shades = 5;

type Pair = Figures['pairs'][number];

/** The more, the darker; 0: none. */
const shadeOf = (value: number, most: number): number => (value === 0 ? 0 : Math.ceil((shades * value) / most));

/** Names in the order in which there is most of them. */
const namesOf = (pairs: readonly Pair[], side: 'from' | 'to'): readonly string[] => {
  const sums = new Map<string, number>();
  for (const pair of pairs) sums.set(pair[side], (sums.get(pair[side]) ?? 0) + pair.requested);
  return [...sums].sort(([, one], [, other]) => other - one).map(([name]) => name);
};

/** Who hands to whom, as a table whose cells are darker the more there is in them. Undefined: nobody handed over. Pure. */
export const handoffMatrix = (figures: Figures): Markup | undefined => {
  const { pairs, from, to, line } = figures;
  if (pairs.length === 0) return undefined;
  const period = { from, to, line: line ?? undefined };
  const most = Math.max(...pairs.map(({ requested }) => requested));
  const [rows, columns] = [namesOf(pairs, 'from'), namesOf(pairs, 'to')];
  const cell = (source: string, target: string): Markup => {
    const pair = pairs.find((each) => each.from === source && each.to === target);
    if (pair === undefined) return html`<td class="heat-0"><span aria-label="none">·</span></td>`;
    const link = handoffsLink(period, { pairFrom: source, pairTo: target });
    return html`<td class="heat-${shadeOf(pair.requested, most)}"><a href="${link}">${countWords(pair.requested)}<small>${timeWords(pair.deadAirMs.p50)}</small></a></td>`;
  };
  return html`<figure class="plot matrix"><figcaption><h3>Who hands to whom</h3><p>Handoffs requested, and their median dead air</p></figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="Handoff matrix"><table><thead><tr><th scope="col">from \\ to</th>${columns.map((name) => html`<th scope="col" dir="auto">${name}</th>`)}</tr></thead><tbody>
${rows.map((source) => html`<tr><th scope="row" dir="auto">${source}</th>${columns.map((target) => cell(source, target))}</tr>`)}
</tbody></table></div></figure>`;
};
