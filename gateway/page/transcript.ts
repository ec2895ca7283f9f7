import type { CallEntry, Speech } from './call-entry.ts';
import { endWords } from './end-words.ts';
import { argumentsInShort, capital, clipped, inShort } from './in-short.ts';
import { html, type Markup } from './markup.ts';
import { knownName } from './moment.ts';

/** How a page shows a moment, words that were said, and whose they are. */
export interface TranscriptLook {
  moment(at: number): Markup;
  words(speech: Speech): Markup;
  /** The class of a speaker: its colour. */
  classOf(who: string): string;
}

/** One item of the list. */
interface Row {
  readonly at: number;
  readonly kind: string;
  /** Whose it is; undefined: nobody's. */
  readonly who?: string;
  readonly content: Markup;
}

type Of<Kind extends CallEntry['kind']> = Extract<CallEntry, { kind: Kind }>;

const speechRow = (speech: Speech, look: TranscriptLook): Row => {
  const { at, who, heard } = speech;
  const cut = heard === undefined ? undefined : html`<p class="aside">The caller heard: “${heard}”</p>`;
  return { at, kind: 'speech', who, content: html`<h3>${capital(who)}</h3><p>${look.words(speech)}</p>${cut}` };
};

const toolRow = ({ at, agent, name, arguments: given, status, result, durationMs }: Of<'tool'>): Row => {
  const took = durationMs >= 1 ? ` · ${Math.round(durationMs)} ms` : '';
  return {
    at,
    kind: 'tool',
    who: agent,
    content: html`<p><code>${name}(${argumentsInShort(given)})</code> <span class="status">${status}${took}</span></p><details><summary>${clipped(inShort(result), 110)}</summary><pre>${JSON.stringify(result, null, 2)}</pre></details>`,
  };
};

const learnedRow = (entries: readonly Of<'learned' | 'tried'>[]): Row => {
  const facts = entries.map((entry) =>
    entry.kind === 'tried'
      ? html`<span class="fact outcome-${entry.outcome}"><b>tried: ${entry.solution}</b> ${entry.outcome}</span> `
      : html`<span class="fact"><b>${knownName(entry.key)}</b> ${inShort(entry.value)}</span> `,
  );
  const content = html`<p><span class="visually-hidden">Learned: </span>${facts}</p>`;
  return { at: entries[0]?.at ?? 0, kind: 'learned', content };
};

const turn = (at: number, content: Markup): Row => ({ at, kind: 'turn', content: html`<p>${content}</p>` });

const turningPoint = (entry: CallEntry): Row | undefined => {
  const { at } = entry;
  switch (entry.kind) {
    case 'handoff-asked':
      return turn(at, html`<b>${capital(entry.from)} hands over to ${entry.to}:</b> ${entry.reason}`);
    case 'handoff':
      return turn(
        at,
        html`<b>${capital(entry.to)} has the call, ${Math.round(entry.switchMs)} ms after it was asked for</b>`,
      );
    case 'handoff-not':
      return turn(at, html`<b>${capital(entry.from)} keeps the call:</b> ${entry.why}`);
    case 'barge-in':
      return turn(at, html`The caller talks over the agent, which falls silent`);
    case 'ended':
      return turn(at, html`<b>${endWords(entry)}</b>`);
    case 'note':
      return entry.weight === 'turn' ? turn(at, html`<b>${entry.words}</b>`) : aside(at, html`${entry.words}`);
    default:
      return passage(entry);
  }
};

const fieldsOf = (fields: Readonly<Record<string, string>>): readonly Markup[] =>
  Object.entries(fields).map(([key, value]) => html`<span class="fact"><b>${knownName(key)}</b> ${value}</span> `);

const aside = (at: number, content: Markup, who?: string): Row => ({
  at,
  kind: 'tool',
  ...(who === undefined ? {} : { who }),
  content: html`<p>${content}</p>`,
});

/** What happens on the way in from a menu, and out to a person. */
const passage = (entry: CallEntry): Row | undefined => {
  const { at } = entry;
  switch (entry.kind) {
    case 'menu':
      return turn(at, html`<b>A menu of another system answers</b>`);
    case 'keys':
      return aside(at, html`The caller presses <kbd>${entry.digits}</kbd>`, 'caller');
    case 'passed':
      return {
        at,
        kind: 'turn',
        content: html`<p><b>The menu sends the call on, with what was entered in the URL:</b></p><p>${fieldsOf(entry.fields)}</p>`,
      };
    case 'person-wanted':
      return turn(at, html`<b>${capital(entry.from)} asks for a person:</b> ${entry.reason}`);
    case 'person-missed':
      return turn(at, html`<b>No person takes the caller:</b> ${entry.why}`);
    case 'joined':
      return turn(at, html`<b>The caller and the person have each other</b>`);
    default:
      return personsDoing(entry);
  }
};

const personsDoing = (entry: CallEntry): Row | undefined => {
  const { at } = entry;
  switch (entry.kind) {
    case 'person-does':
      return aside(at, html`<span class="status">Person: ${entry.words}</span>`, 'person');
    case 'told':
      return {
        at,
        kind: 'speech whisper',
        who: 'person',
        content: html`<h3>In the person’s ear only</h3><p>${entry.text}</p>`,
      };
    case 'page-read':
      return aside(at, html`<span class="status">Person: has the page of the call open</span>`, 'person');
    case 'wrote':
      return aside(at, html`<span class="status">Person writes on the page:</span> ${entry.notes}`, 'person');
    case 'bound':
      return entry.cause === 'return' ? turn(at, html`<b>${capital(entry.agent)} has the caller back</b>`) : undefined;
    default:
      return undefined;
  }
};

/** What was learned in one moment is one item. */
const gathered = (entries: readonly CallEntry[]): (CallEntry | Of<'learned' | 'tried'>[])[] => {
  const items: (CallEntry | Of<'learned' | 'tried'>[])[] = [];
  for (const entry of entries) {
    const last = items.at(-1);
    const isLearned = entry.kind === 'learned' || entry.kind === 'tried';
    if (isLearned && Array.isArray(last) && entry.at - (last[0]?.at ?? 0) < 250) last.push(entry);
    else items.push(isLearned ? [entry] : entry);
  }
  return items;
};

const rowOf = (entry: CallEntry | Of<'learned' | 'tried'>[], look: TranscriptLook): Row | undefined => {
  if (Array.isArray(entry)) return learnedRow(entry);
  if (entry.kind === 'speech') return speechRow(entry, look);
  return entry.kind === 'tool' ? toolRow(entry) : turningPoint(entry);
};

const itemOf = ({ at, kind, who, content }: Row, look: TranscriptLook): Markup => {
  const classes = who === undefined ? kind : `${kind} ${look.classOf(who)}`;
  return html`<li class="${classes}" data-at="${Math.round(at)}">${look.moment(at)}<div class="said">${content}</div></li>`;
};

/** Everything in order, as a list. */
export const transcript = (entries: readonly CallEntry[], look: TranscriptLook): Markup => {
  const rows = gathered(entries).flatMap((entry) => rowOf(entry, look) ?? []);
  return html`<ol class="transcript" id="transcript">${rows.map((row) => itemOf(row, look))}</ol>`;
};
