import type { CallFilter } from '../../store/calls/filter.ts';
import type { CallFigures, Figures, Share } from '../../store/figures/figures.ts';
import type { Percentiles } from '../../store/figures/histogram.ts';
import { html, type Markup } from '../page/markup.ts';
import { callsLink, handoffsLink } from './links.ts';
import { countWords, dollarWords, nWords, percentWords, timeWords } from './number-words.ts';

interface Tile {
  readonly name: string;
  readonly value: string;
  /** To what is behind it. */
  readonly link: string;
  readonly n: Markup;
  readonly lines?: readonly (readonly [name: string, value: string, link: string, n?: number])[];
  readonly kind?: string;
}

const tile = ({
  name,
  value,
  link,
  n,
  lines = [],
  kind,
}: Tile): Markup => html`<div class="tile${kind === undefined ? undefined : ` ${kind}`}">
<dt>${name}</dt>
<dd><a class="big" href="${link}">${value}</a>${n}${
  lines.length === 0
    ? undefined
    : html`<ul>${lines.map(([what, said, where, of]) => html`<li><a href="${where}">${said}</a><span>${what} ${of === undefined ? undefined : nWords(of)}</span></li>`)}</ul>`
}</dd>
</div>
`;

const times = ({ n, p50, p95, p99 }: Percentiles, link: string) => ({
  value: timeWords(p50),
  link,
  n: html`<span class="n">median · ${nWords(n)}</span>`,
  lines: [
    ['p95', timeWords(p95), link],
    ['p99', timeWords(p99), link],
  ] as const,
});

const shareTile = (name: string, share: Share, link: string) => ({
  name,
  value: percentWords(share),
  link,
  n: nWords(share.of),
});

/** Who had the time to call again, and did not; as long as nobody had, who did already. */
const repeatLine = ({ notRepeated, calledAgain }: CallFigures, calls: (filter: CallFilter) => string) =>
  notRepeated.of > 0
    ? (['no repeat in 7 days', percentWords(notRepeated), calls({ repeated: false }), notRepeated.of] as const)
    : (['called again so far', percentWords(calledAgain), calls({ repeated: true }), calledAgain.of] as const);

/** The figures of a period at a glance; each number leads to what is behind it. Pure. */
export const bigNumbers = (figures: Figures): Markup => {
  const { from, to, all, handoffs } = figures;
  const period = { from, to, line: figures.line ?? undefined };
  const calls = (filter = {}) => callsLink(period, filter);
  const { requested } = handoffs;
  return html`<dl class="tiles" aria-label="At a glance">
${tile({
  name: 'Calls',
  value: countWords(all.calls),
  link: calls(),
  n: html`<span class="n">over, taken by agents</span>`,
  lines:
    all.turnedAway === 0
      ? []
      : [['turned away', countWords(all.turnedAway), calls({ turnedAway: true }), all.calls + all.turnedAway]],
})}
${tile({
  ...shareTile('Contained', all.contained, calls({ contained: true })),
  lines: [
    ['with a person', percentWords(all.transferred), calls({ transferred: true }), all.transferred.of],
    ...(all.callbackAsked.n === 0
      ? []
      : [
          [
            'to be called back',
            percentWords(all.callbackAsked),
            calls({ callbackAsked: true }),
            all.callbackAsked.of,
          ] as const,
        ]),
  ],
})}
${tile({
  ...shareTile('Resolved', all.resolved, calls({ resolved: 'yes' })),
  kind: 'wide',
  lines: [
    ['the caller said so', percentWords(all.callerConfirmed), calls({ callerConfirmed: true }), all.callerConfirmed.of],
    ['a tool verified it', percentWords(all.toolVerified), calls({ toolVerified: true }), all.toolVerified.of],
    repeatLine(all, calls),
    ['nobody can tell', percentWords(all.resolutionUnknown), calls({ resolved: 'unknown' }), all.resolutionUnknown.of],
  ],
})}
${tile({ name: 'Dead air at handoffs', ...times(handoffs.deadAirMs, handoffsLink(period, { outcome: 'committed' })) })}
${tile({ name: 'To the first helpful word', ...times(handoffs.helpfulMs, handoffsLink(period, { outcome: 'committed' })) })}
${tile({
  name: 'Handoffs',
  value: countWords(requested),
  link: handoffsLink(period),
  n: html`<span class="n">requested</span>`,
  lines: [
    ['committed', percentWords(handoffs.committed), handoffsLink(period, { outcome: 'committed' }), handoffs.committed.of],
    [
      'asked again',
      percentWords(handoffs.askedAgain),
      handoffsLink(period, { outcome: 'committed', askedAgain: true }),
      handoffs.askedAgain.of,
    ],
    [
      'handed back',
      percentWords(handoffs.handedBack),
      handoffsLink(period, { outcome: 'committed', handedBack: true }),
      handoffs.handedBack.of,
    ],
  ],
})}
${tile({
  name: 'Cost per call',
  value: dollarWords(all.costPerCall.usd),
  link: calls(),
  n: html`<span class="n">mean · ${nWords(all.costPerCall.n)}</span>`,
  lines: [
    ['per resolved call', dollarWords(all.costPerResolved.usd), calls({ resolved: 'yes' }), all.costPerResolved.n],
    ['median', dollarWords(all.costPerCall.p50), calls()],
    ['p95', dollarWords(all.costPerCall.p95), calls()],
  ],
})}
${tile({ name: 'Handle time', ...times(all.handleMs, calls()) })}
</dl>`;
};
