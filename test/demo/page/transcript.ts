import { argumentsInShort, capital, clipped, inShort } from '../in-short.ts';
import { sentencesOf } from '../sentences.ts';
import type { Entry } from '../story.ts';
import type { Speech } from '../utterances.ts';
import { html, type Markup } from './html.ts';
import { knownName, momentText } from './moment.ts';

const seekButton = (at: number): Markup =>
  html`<button type="button" class="moment" data-seek="${Math.round(at)}" aria-label="Play from ${momentText(at)}">${momentText(at)}</button>`;

const item = (at: number, className: string, content: Markup): Markup =>
  html`<li class="${className}" data-at="${Math.round(at)}">${seekButton(at)}<div class="said">${content}</div></li>`;

const speech = ({ who, at, ms, text, heard }: Speech): Markup => {
  const sentences = sentencesOf(text ?? '(a recording that was not understood)');
  const spans = sentences.map(({ text: words, start }, number) => {
    const from = Math.round(at + start * ms);
    const to = Math.round(at + (sentences[number + 1]?.start ?? 1) * ms);
    return html`<span class="sentence" data-from="${from}" data-to="${to}" data-who="${who}">${words}</span> `;
  });
  const cut = heard === undefined ? undefined : html`<p class="aside">The caller heard: “${heard}”</p>`;
  return item(at, `speech who-${who}`, html`<h3>${capital(who)}</h3><p>${spans}</p>${cut}`);
};

const tool = (entry: Extract<Entry, { kind: 'tool' }>): Markup => {
  const took = entry.durationMs >= 1 ? ` · ${Math.round(entry.durationMs)} ms` : '';
  return item(
    entry.at,
    `tool who-${entry.agent}`,
    html`<p><code>${entry.name}(${argumentsInShort(entry.arguments)})</code> <span class="status">${entry.status}${took}</span></p><details><summary>${clipped(inShort(entry.result), 110)}</summary><pre>${JSON.stringify(entry.result, null, 2)}</pre></details>`,
  );
};

const learned = (entries: readonly Extract<Entry, { kind: 'learned' | 'tried' }>[]): Markup => {
  const facts = entries.map((entry) =>
    entry.kind === 'tried'
      ? html`<span class="fact outcome-${entry.outcome}"><b>tried: ${entry.solution}</b> ${entry.outcome}</span> `
      : html`<span class="fact"><b>${knownName(entry.key)}</b> ${inShort(entry.value)}</span> `,
  );
  return item(entries[0]?.at ?? 0, 'learned', html`<p><span class="visually-hidden">Learned: </span>${facts}</p>`);
};

const turningPoint = (entry: Entry): Markup | undefined => {
  if (entry.kind === 'handoff-asked') {
    return item(entry.at, 'turn', html`<p><b>${capital(entry.from)} hands over to ${entry.to}:</b> ${entry.reason}</p>`);
  }
  if (entry.kind === 'handoff') {
    const text = `${capital(entry.to)} has the call, ${Math.round(entry.switchMs)} ms after it was asked for`;
    return item(entry.at, 'turn', html`<p><b>${text}</b></p>`);
  }
  if (entry.kind === 'handoff-not') {
    return item(entry.at, 'turn', html`<p><b>${capital(entry.from)} keeps the call:</b> ${entry.why}</p>`);
  }
  if (entry.kind === 'barge-in')
    return item(entry.at, 'turn', html`<p>The caller talks over the agent, which falls silent</p>`);
  if (entry.kind === 'ended') {
    return item(
      entry.at,
      'turn',
      html`<p><b>The call ends, ${entry.resolved === true ? 'resolved' : 'not resolved'}</b></p>`,
    );
  }
  return undefined;
};

const fieldsOf = (fields: Readonly<Record<string, string>>): readonly Markup[] =>
  Object.entries(fields).map(([key, value]) => html`<span class="fact"><b>${knownName(key)}</b> ${value}</span> `);

const aside = (entry: Entry, who: string, content: Markup): Markup =>
  item(entry.at, `tool who-${who}`, html`<p>${content}</p>`);

/** What happens on the way in from a menu, and out to a person. */
const passage = (entry: Entry): Markup | undefined => {
  switch (entry.kind) {
    case 'menu':
      return item(entry.at, 'turn', html`<p><b>A menu of another system answers</b></p>`);
    case 'keys':
      return aside(entry, 'caller', html`The caller presses <kbd>${entry.digits}</kbd>`);
    case 'passed':
      return item(
        entry.at,
        'turn',
        html`<p><b>The menu sends the call on, with what was entered in the URL:</b></p><p>${fieldsOf(entry.fields)}</p>`,
      );
    case 'person-wanted':
      return item(entry.at, 'turn', html`<p><b>${capital(entry.from)} asks for a person:</b> ${entry.reason}</p>`);
    case 'person-missed':
      return item(entry.at, 'turn', html`<p><b>No person takes the caller:</b> ${entry.why}</p>`);
    case 'joined':
      return item(entry.at, 'turn', html`<p><b>The caller and the person have each other</b></p>`);
    default:
      return personsDoing(entry);
  }
};

const personsDoing = (entry: Entry): Markup | undefined => {
  switch (entry.kind) {
    case 'person-does':
      return aside(entry, 'person', html`<span class="status">Person: ${entry.words}</span>`);
    case 'told':
      return item(entry.at, 'speech whisper who-person', html`<h3>In the person’s ear only</h3><p>${entry.text}</p>`);
    case 'page-read':
      return aside(entry, 'person', html`<span class="status">Person: has the page of the call open</span>`);
    case 'wrote':
      return aside(entry, 'person', html`<span class="status">Person writes on the page:</span> ${entry.notes}`);
    case 'bound':
      return entry.cause === 'return'
        ? item(entry.at, 'turn', html`<p><b>${capital(entry.agent)} has the caller back</b></p>`)
        : undefined;
    default:
      return undefined;
  }
};

/** What was learned in one moment is one item. */
const gathered = (entries: readonly Entry[]): (Entry | Extract<Entry, { kind: 'learned' | 'tried' }>[])[] => {
  const items: (Entry | Extract<Entry, { kind: 'learned' | 'tried' }>[])[] = [];
  for (const entry of entries) {
    const last = items.at(-1);
    const isLearned = entry.kind === 'learned' || entry.kind === 'tried';
    if (isLearned && Array.isArray(last) && entry.at - (last[0]?.at ?? 0) < 250) last.push(entry);
    else items.push(isLearned ? [entry] : entry);
  }
  return items;
};

/** Everything in order, as a list; every item can be played from. */
export const transcript = (entries: readonly Entry[]): Markup => {
  const items = gathered(entries).map((entry) => {
    if (Array.isArray(entry)) return learned(entry);
    if (entry.kind === 'speech') return speech(entry);
    return entry.kind === 'tool' ? tool(entry) : (turningPoint(entry) ?? passage(entry));
  });
  return html`<ol class="transcript" id="transcript">${items}</ol>`;
};
