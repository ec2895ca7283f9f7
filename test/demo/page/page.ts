import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inWords } from '../../../gateway/page/in-short.ts';
import { html, Markup } from '../../../gateway/page/markup.ts';
import { type Known, knownName, knownOver, momentText, reignsOf } from '../../../gateway/page/moment.ts';
import { transcript } from '../../../gateway/page/transcript.ts';
import type { BundleDocument } from '../../../store/context/document.ts';
import { type Panel, type Report, verdictOf } from '../report.ts';
import type { Entry } from '../story.ts';
import { timeAxis } from './time-axis.ts';
import { playable } from './transcript-look.ts';

export interface PageInput {
  /** In order. */
  readonly entries: readonly Entry[];
  readonly report: Pick<Report, 'callMs' | 'shortfalls' | 'praise' | 'cards' | 'panels'>;
  /** Who is in the right channel. */
  readonly heard: string;
  readonly bundle: BundleDocument | null;
  /** The recording as a WAV file, and its two sides as mu-law. */
  readonly sound: { readonly wav: Buffer; readonly left: Uint8Array; readonly right: Uint8Array };
}

const ours = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

const cardsOf = (cards: PageInput['report']['cards']): Markup => html`<dl class="figures">
${cards.map(({ value, name, note }, at) => html`${at === 0 ? '' : '\n'}<div class="figure"><dt>${name}</dt><dd><b>${value}</b><small>${note}</small></dd></div>`)}
</dl>`;

const player = (endMs: number, heard: string): Markup => html`<div class="player">
<button type="button" id="play" class="play" aria-label="Play the call"><svg viewBox="0 0 24 24" aria-hidden="true"><path class="icon-play" d="M8 5.5v13l11-6.5z"/><path class="icon-pause" d="M7 5.5h3.6v13H7zM13.4 5.5H17v13h-3.6z"/></svg></button>
<p class="now"><span class="time"><span id="time">0:00.0</span> / ${momentText(endMs)}</span><span id="caption" class="caption">Press space to listen. Left ear: the caller. Right ear: ${heard}.</span></p>
</div>`;

const knownPanel = (known: readonly Known[]): Markup => {
  const rows = known.map(
    ({ at, until, key, value, source }) =>
      html`<li data-at="${Math.round(at)}"${until === undefined ? undefined : html` data-until="${Math.round(until)}" class="gone"`}><button type="button" class="moment" data-seek="${Math.round(at)}" aria-label="Play from ${momentText(at)}">${momentText(at)}</button><span><b>${knownName(key)}</b> ${value}<small>from ${source}</small></span></li>`,
  );
  return html`<section class="known" aria-labelledby="known-title"><h2 id="known-title">The bundle <small id="known-when">at the end of the call</small></h2><ul id="known">${rows}</ul></section>`;
};

const triedIn = ({ tried }: Panel): Markup | undefined => {
  if (tried === undefined) return undefined;
  const each = tried.map(
    ({ solution, outcome }) => html`<span class="fact outcome-${outcome}"><b>${solution}</b> ${outcome}</span> `,
  );
  return html`<p><span class="label">Tried</span> ${each}</p>`;
};

const panel = (told: Panel, number: number): Markup => {
  const { title, who, lead, facts, mood, whole } = told;
  const id = number === 0 ? 'told-title' : `told-title-${number}`;
  const known = facts.map(({ key, value }) => html`<span class="fact"><b>${inWords(key)}</b> ${value}</span> `);
  const feels =
    mood === undefined ? undefined : html`<p><span class="label">The caller is</span> <span class="fact">${mood}</span></p>`;
  const all =
    whole === undefined ? undefined : html`<details><summary>${whole.name}</summary><pre>${whole.text}</pre></details>`;
  return html`<section class="told who-${who}" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
<p class="reason">${lead}</p><p>${known}</p>${triedIn(told)}${feels}
${all}</section>`;
};

const headline = (entries: readonly Entry[], report: PageInput['report']): Markup => {
  const ring = entries.find((entry) => entry.kind === 'ring');
  const numbers = ring === undefined ? '' : `${ring.from} called ${ring.to} · `;
  const { good, words } = verdictOf(report);
  return html`<header><p class="brand">throughline</p><h1>One call, from the first ring to the end</h1><p class="numbers">${numbers}${momentText(report.callMs)}</p><p class="verdict ${good ? 'good' : 'bad'}">${words}</p></header>`;
};

/** The whole call as one page that needs nothing else: no network, no other file. What was said is always text, never markup. */
export const callPage = ({ entries, report, heard, bundle, sound }: PageInput): string => {
  const endMs = Math.max(1, report.callMs);
  const known = knownOver(entries);
  const script = ours('player.js');
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; media-src data: blob:; img-src data:`;
  const axis = timeAxis({ entries, known, reigns: reignsOf(entries, endMs), endMs, left: sound.left, right: sound.right });
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>throughline: a call</title>
<style>${new Markup(ours('page.css'))}</style>
</head>
<body>
<main data-end="${endMs}">
${headline(entries, report)}
${cardsOf(report.cards)}
<section class="stage" aria-label="The call on a time axis">
${player(endMs, heard)}
${axis}
<input type="range" id="seek" min="0" max="${(endMs / 1_000).toFixed(1)}" step="0.1" value="0" aria-label="Position in the call">
<audio id="sound" controls preload="auto" src="data:audio/wav;base64,${sound.wav.toString('base64')}"></audio>
</section>
<div class="columns">
<section aria-labelledby="said-title"><h2 id="said-title">What was said and done</h2>${transcript(entries, playable)}</section>
<div class="side">${knownPanel(known)}${report.panels.map(panel)}</div>
</div>
<details class="whole"><summary>The whole bundle as JSON</summary><pre>${JSON.stringify(bundle, null, 2)}</pre></details>
</main>
<script>${new Markup(script)}</script>
</body>
</html>
`;
  return page.text;
};
