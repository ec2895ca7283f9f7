import { capital } from '../../../gateway/page/in-short.ts';
import { html, type Markup } from '../../../gateway/page/markup.ts';
import { type Known, momentText, type Reign } from '../../../gateway/page/moment.ts';
import type { Entry } from '../story.ts';
import { passagesOf } from './passages.ts';
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
  readonly name: Markup | string | readonly Markup[];
  readonly kind: 'wave' | 'tools' | 'known-steps';
  readonly body: Markup;
}

const lane = ({ name, kind, body }: Lane): Markup =>
  html`<div class="lane ${kind}"><div class="lane-name">${name}</div><div class="lane-body">${body}</div></div>`;

const waves = (input: AxisInput): Markup => {
  const { left, right, reigns, endMs } = input;
  const [caller, agents] = [peaksOf(left, bucketMs), peaksOf(right, bucketMs)];
  const buckets = Math.ceil(endMs / bucketMs);
  // No Math.max(...): a call can have more buckets than a function arguments.
  const loudest = [...caller, ...agents].reduce((most, peak) => Math.max(most, peak), 0);
  const svg = (paths: Markup | readonly Markup[]) =>
    html`<svg viewBox="0 -100 ${buckets} 200" preserveAspectRatio="none" aria-hidden="true">${paths}</svg>`;
  const callerPath = html`<path class="who-caller" d="${waveformPath(caller, { from: 0, to: buckets, loudest })}"/>`;
  const pathsOf = (some: readonly Reign[]) =>
    some.map(({ agent, from, to }) => {
      const span = { from: Math.round(from / bucketMs), to: Math.round(to / bucketMs), loudest };
      return html`<path class="who-${agent}" d="${waveformPath(agents, span)}"/>`;
    });
  const namesOf = (some: readonly Reign[]) =>
    some.map(
      ({ agent, from }) =>
        html`<span class="reign who-${agent}" style="left:${percent(from, endMs)}%">${capital(agent)}</span>`,
    );
  const [persons, others] = [reigns.filter(isPersons), reigns.filter((reign) => !isPersons(reign))];
  return html`${lane({ name: html`<span class="who-caller reign">Caller</span>`, kind: 'wave', body: svg(callerPath) })}
${lane({ name: html`<span class="visually-hidden">Agents: </span>${namesOf(others)}`, kind: 'wave', body: svg(pathsOf(others)) })}${
  persons.length === 0
    ? undefined
    : lane({ name: namesOf(persons), kind: 'wave', body: html`${svg(pathsOf(persons))}${alone(input)}` })
}`;
};

const isPersons = ({ agent }: Reign): boolean => agent === 'person';

/** What the person hears and does while the caller does not hear them: from the ring to the moment at which both have each other. */
const alone = ({ entries, endMs }: AxisInput): Markup => {
  const at = (holds: (entry: Entry) => boolean) => entries.find(holds)?.at;
  const [rung = 0, told, joined] = [
    at((entry) => entry.kind === 'person-does' && entry.lane === 'opens'),
    at((entry) => entry.kind === 'told'),
    at((entry) => entry.kind === 'joined'),
  ];
  const stretch = (name: string, from: number, to: number): Markup =>
    html`<span class="alone who-person" style="left:${percent(from, endMs)}%;width:${percent(to - from, endMs)}%">${name}</span>`;
  const end = joined ?? endMs;
  return html`${stretch('rings', rung, told ?? end)}${told === undefined ? undefined : stretch('is told who it is', told, end)}`;
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

const passages = ({ entries, reigns, endMs }: AxisInput): readonly Markup[] =>
  passagesOf(entries, reigns).map(
    ({ from, heardAt, label, title }) =>
      html`<div class="handoff-span" style="left:${percent(from, endMs)}%;width:${percent(heardAt - from, endMs)}%"></div><button type="button" class="handoff-mark" style="left:${percent(heardAt, endMs)}%" data-seek="${Math.max(0, from - 1_500)}" aria-label="${title}" title="${title}"><span>${label}</span></button>`,
  );

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
${passages(input)}
<div class="playhead" id="playhead" aria-hidden="true"></div>
</div>`;
