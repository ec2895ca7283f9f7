import { capital } from '../in-short.ts';
import type { Entry } from '../story.ts';
import { html, type Markup } from './html.ts';
import { type Known, momentText, type Reign } from './moment.ts';
import { peaksOf, waveformPath } from './waveform.ts';

export interface AxisInput {
  readonly entries: readonly Entry[];
  readonly known: readonly Known[];
  readonly reigns: readonly Reign[];
  readonly endMs: number;
  readonly left: Uint8Array;
  readonly right: Uint8Array;
}

const bucketMs = 50;

/** A place on the axis, in per cent. */
const percent = (at: number, endMs: number): string => ((100 * Math.max(0, Math.min(at, endMs))) / endMs).toFixed(3);

interface Lane {
  readonly name: Markup | string;
  readonly kind: 'wave' | 'tools' | 'known-steps';
  readonly body: Markup;
}

const lane = ({ name, kind, body }: Lane): Markup =>
  html`<div class="lane ${kind}"><div class="lane-name">${name}</div><div class="lane-body">${body}</div></div>`;

const waves = ({ left, right, reigns, endMs }: AxisInput): Markup => {
  const [caller, agents] = [peaksOf(left, bucketMs), peaksOf(right, bucketMs)];
  const buckets = Math.ceil(endMs / bucketMs);
  // No Math.max(...): a call can have more buckets than a function arguments.
  const loudest = [...caller, ...agents].reduce((most, peak) => Math.max(most, peak), 0);
  const svg = (paths: Markup | readonly Markup[]) =>
    html`<svg viewBox="0 -100 ${buckets} 200" preserveAspectRatio="none" aria-hidden="true">${paths}</svg>`;
  const callerPath = html`<path class="who-caller" d="${waveformPath(caller, { from: 0, to: buckets, loudest })}"/>`;
  const agentPaths = reigns.map(({ agent, from, to }) => {
    const span = { from: Math.round(from / bucketMs), to: Math.round(to / bucketMs), loudest };
    return html`<path class="who-${agent}" d="${waveformPath(agents, span)}"/>`;
  });
  const names = reigns.map(
    ({ agent, from }) =>
      html`<span class="reign who-${agent}" style="left:${percent(from, endMs)}%">${capital(agent)}</span>`,
  );
  return html`${lane({ name: html`<span class="who-caller reign">Caller</span>`, kind: 'wave', body: svg(callerPath) })}
${lane({ name: html`<span class="visually-hidden">Agents: </span>${names}`, kind: 'wave', body: svg(agentPaths) })}`;
};

/** Labels that would run into each other stand in two rows. */
const tools = ({ entries, endMs }: AxisInput): Markup => {
  let lastAt = Number.NEGATIVE_INFINITY;
  let row = 0;
  const marks = entries.flatMap((entry) => {
    if (entry.kind !== 'tool') return [];
    row = entry.at - lastAt < endMs / 6 ? 1 - row : 0;
    lastAt = entry.at;
    const title = `${entry.name}, called by ${entry.agent} at ${momentText(entry.at)}: ${entry.status}`;
    return [
      html`<button type="button" class="mark tool who-${entry.agent} row-${row}" style="left:${percent(entry.at, endMs)}%" data-seek="${entry.at}" aria-label="${title}" title="${title}"><span class="mark-sign" aria-hidden="true"></span><span class="mark-name" aria-hidden="true">${entry.name}</span></button>`,
    ];
  });
  return lane({ name: 'Tools', kind: 'tools', body: html`${marks}` });
};

/** How much is known, as steps: what travels with the caller from one agent to the next. */
const knowledge = ({ known, endMs }: AxisInput): Markup => {
  // A key counts when it is first known; a value that changes later is no new knowledge.
  const first = known.filter(({ key }, number) => known.findIndex((other) => other.key === key) === number);
  const end = Math.round(endMs);
  const height = (number: number) => (100 - (100 * number) / Math.max(1, first.length)).toFixed(1);
  const path = first.map(({ at }, number) => `H${at.toFixed(0)}V${height(number + 1)}`).join('');
  return lane({
    name: `What is known: ${first.length} things at the end`,
    kind: 'known-steps',
    body: html`<svg viewBox="0 -4 ${end} 108" preserveAspectRatio="none" aria-hidden="true"><path d="M0 100${path}H${end}V100Z"/></svg>`,
  });
};

const handoffs = ({ entries, reigns, endMs }: AxisInput): readonly Markup[] =>
  entries.flatMap((entry) => {
    if (entry.kind !== 'handoff') return [];
    // The commit is when the specialist is ready; the caller hears it when the old agent's last words are over.
    const heardAt = reigns.find(({ agent, from }) => agent === entry.to && from >= entry.at)?.from ?? entry.at;
    const title = `Handoff from ${entry.from} to ${entry.to}, ready in ${Math.round(entry.switchMs)} ms`;
    return [
      html`<div class="handoff-span" style="left:${percent(entry.at, endMs)}%;width:${percent(heardAt - entry.at, endMs)}%"></div><button type="button" class="handoff-mark" style="left:${percent(heardAt, endMs)}%" data-seek="${Math.max(0, entry.at - 1_500)}" aria-label="${title}" title="${title}"><span>Handoff</span></button>`,
    ];
  });

/** Every five seconds, but not where there is no room for the text. */
const ticks = (endMs: number): readonly Markup[] =>
  Array.from({ length: Math.floor((0.97 * endMs) / 5_000) + 1 }, (_, at) => {
    const seconds = at * 5;
    const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    return html`<span class="tick${at % 2 === 1 ? ' tick-minor' : ''}" style="left:${percent(seconds * 1_000, endMs)}%">${text}</span>`;
  });

/** Waveforms, tools, knowledge and the handoff over one time axis, with a playhead. */
export const timeAxis = (input: AxisInput): Markup => html`<div class="axis" id="axis">
${waves(input)}
${tools(input)}
${knowledge(input)}
<div class="ticks" aria-hidden="true">${ticks(input.endMs)}</div>
${handoffs(input)}
<div class="playhead" id="playhead" aria-hidden="true"></div>
</div>`;
