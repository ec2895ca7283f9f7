import { html, type Markup, page } from '../page/markup.ts';
import { consoleStyle } from './console-style.ts';

/** Where a page is. */
export type Place = 'figures' | 'calls' | 'handoffs';

const places: readonly (readonly [Place, string, string])[] = [
  ['figures', '/', 'Figures'],
  ['calls', '/calls', 'Calls'],
  ['handoffs', '/handoffs', 'Handoffs'],
];

const tab = ([place, link, words]: (typeof places)[number], here: Place | undefined): Markup =>
  html`<a href="${link}"${place === here ? html` aria-current="page"` : undefined}>${words}</a>`;

export interface Framed {
  readonly title: string;
  readonly here?: Place;
  readonly body: Markup;
}

/** A page of the console: HTML without scripts. Pure. */
export const framed = ({ title, here, body }: Framed): string =>
  page(
    `${title} · throughline`,
    consoleStyle,
    html`<a class="skip" href="#main">To the content</a>
<header class="top"><div><a class="brand" href="/">throughline</a><nav aria-label="Console">${places.map((each) => tab(each, here))}</nav><p class="zone">Times are UTC</p></div></header>
<main id="main">
${body}
</main>`,
  );

/** A page that says one thing. Pure. */
export const notice = (title: string, words: string): string =>
  framed({
    title,
    body: html`<section class="notice"><h1>${title}</h1><p>${words}</p><p><a href="/">To the figures</a></p></section>`,
  });
