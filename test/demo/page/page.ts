import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { BundleDocument } from '../../../store/context/document.ts';
import { inWords } from '../in-short.ts';
import { type Figures, verdict } from '../measure.ts';
import type { Entry } from '../story.ts';
import type { Told } from '../told.ts';
import { html, type Markup, raw } from './html.ts';
import { type Known, knownName, knownOver, momentText, reignsOf } from './moment.ts';
import { timeAxis } from './time-axis.ts';
import { transcript } from './transcript.ts';

export interface PageInput {
  /** In order. */
  readonly entries: readonly Entry[];
  readonly figures: Figures;
  readonly bundle: BundleDocument | null;
  readonly told: Told | undefined;
  /** The recording as a WAV file, and its two sides as mu-law. */
  readonly sound: { readonly wav: Buffer; readonly left: Uint8Array; readonly right: Uint8Array };
}

const ours = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** What a figure is when it can't be measured. */
const shown = (figure: number | null, unit = ''): string => (figure === null ? '–' : `${figure}${unit}`);

const card = (value: string, name: string, note: string): Markup =>
  html`<div class="figure"><dt>${name}</dt><dd><b>${value}</b><small>${note}</small></dd></div>`;

const cards = (figures: Figures): Markup => {
  const { handoffGapMs, callerFramesLost, callerFramesSent, factsCarried, factsTotal } = figures;
  const gap = handoffGapMs === 0 ? 'one voice right behind the other' : "in the caller's ear";
  return html`<dl class="figures">
${card(shown(figures.handoffDeadAirMs, ' ms'), 'Silence at the handoff', gap)}
${card(shown(callerFramesLost), 'Caller’s frames lost', `of ${callerFramesSent}, 20 ms each`)}
${card(factsCarried === null ? '–' : `${factsCarried} / ${factsTotal}`, 'Facts carried', 'to the specialist')}
${card(shown(figures.switchMs, ' ms'), 'Specialist ready', 'after it was asked for')}
${card(String(figures.phoneSockets), figures.phoneSockets === 1 ? 'Phone connection' : 'Phone connections', `for ${shown(figures.sessions)} sessions of the model`)}
</dl>`;
};

const player = (endMs: number): Markup => html`<div class="player">
<button type="button" id="play" class="play" aria-label="Play the call"><svg viewBox="0 0 24 24" aria-hidden="true"><path class="icon-play" d="M8 5.5v13l11-6.5z"/><path class="icon-pause" d="M7 5.5h3.6v13H7zM13.4 5.5H17v13h-3.6z"/></svg></button>
<p class="now"><span class="time"><span id="time">0:00.0</span> / ${momentText(endMs)}</span><span id="caption" class="caption">Press space to listen. Left ear: the caller. Right ear: the agents.</span></p>
</div>`;

const knownPanel = (known: readonly Known[]): Markup => {
  const rows = known.map(
    ({ at, until, key, value, source }) =>
      html`<li data-at="${Math.round(at)}"${until === undefined ? undefined : html` data-until="${Math.round(until)}" class="gone"`}><button type="button" class="moment" data-seek="${Math.round(at)}" aria-label="Play from ${momentText(at)}">${momentText(at)}</button><span><b>${knownName(key)}</b> ${value}<small>from ${source}</small></span></li>`,
  );
  return html`<section class="known" aria-labelledby="known-title"><h2 id="known-title">The bundle <small id="known-when">at the end of the call</small></h2><ul id="known">${rows}</ul></section>`;
};

const briefing = (told: Told | undefined): Markup | undefined => {
  if (told === undefined) return undefined;
  const facts = told.facts.map(({ key, value }) => html`<span class="fact"><b>${inWords(key)}</b> ${value}</span> `);
  const tried = told.tried.map(
    ({ solution, outcome }) => html`<span class="fact outcome-${outcome}"><b>${solution}</b> ${outcome}</span> `,
  );
  return html`<section class="told" aria-labelledby="told-title"><h2 id="told-title">What the specialist was told</h2>
<p class="reason">${told.reason}</p><p>${facts}</p><p><span class="label">Tried</span> ${tried}</p><p><span class="label">The caller is</span> <span class="fact">${told.sentiment ?? 'not known'}</span></p>
<details><summary>The whole briefing, as the model received it</summary><pre>${told.whole}</pre></details></section>`;
};

const headline = (entries: readonly Entry[], figures: Figures): Markup => {
  const ring = entries.find((entry) => entry.kind === 'ring');
  const numbers = ring === undefined ? '' : `${ring.from} called ${ring.to} · `;
  const { good, words } = verdict(figures);
  return html`<header><p class="brand">throughline</p><h1>One call, from the first ring to the end</h1><p class="numbers">${numbers}${momentText(figures.callMs)}</p><p class="verdict ${good ? 'good' : 'bad'}">${words}</p></header>`;
};

/** The whole call as one page that needs nothing else: no network, no other file. What was said is always text, never markup. */
export const callPage = ({ entries, figures, bundle, told, sound }: PageInput): string => {
  const endMs = Math.max(1, figures.callMs);
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
<style>${raw(ours('page.css'))}</style>
</head>
<body>
<main data-end="${endMs}">
${headline(entries, figures)}
${cards(figures)}
<section class="stage" aria-label="The call on a time axis">
${player(endMs)}
${axis}
<input type="range" id="seek" min="0" max="${(endMs / 1_000).toFixed(1)}" step="0.1" value="0" aria-label="Position in the call">
<audio id="sound" controls preload="auto" src="data:audio/wav;base64,${sound.wav.toString('base64')}"></audio>
</section>
<div class="columns">
<section aria-labelledby="said-title"><h2 id="said-title">What was said and done</h2>${transcript(entries)}</section>
<div class="side">${knownPanel(known)}${briefing(told)}</div>
</div>
<details class="whole"><summary>The whole bundle as JSON</summary><pre>${JSON.stringify(bundle, null, 2)}</pre></details>
</main>
<script>${raw(script)}</script>
</body>
</html>
`;
  return page.text;
};
