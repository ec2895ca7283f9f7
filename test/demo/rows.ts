import { argumentsInShort, capital, clipped, inShort, inWords } from '../../gateway/page/in-short.ts';
import type { Entry } from './story.ts';
import type { Speech } from './utterances.ts';

/** What one line of the timeline says. */
export interface Row {
  readonly at: number;
  /** Whose lane it happened in, and what stands there; both empty: in nobody's. */
  readonly lane: string;
  readonly sign: string;
  readonly text: string;
  /** Style of the text. Words that are spoken have none, but a column with the speaker's name before them. */
  readonly style?: string;
  readonly name?: string;
}

type Of<Kind extends Entry['kind']> = Extract<Entry, { kind: Kind }>;
/** What is neither spoken nor learned. */
export type Eventful = Exclude<Entry, Speech | Of<'learned'>>;

const toolRow = ({ at, agent, name, arguments: given, status, result, durationMs }: Of<'tool'>): Row => {
  const outcome = status === 'ok' ? clipped(inShort(result), 100) : status;
  const took = durationMs >= 1 ? ` (${Math.round(durationMs)} ms)` : '';
  const text = `${name}(${argumentsInShort(given)}) → ${outcome}${took}`;
  return { at, lane: agent, sign: '◆', text, style: status === 'ok' ? 'bold' : 'bad' };
};

const onCallersLane = (at: number, sign: string, text: string): Row => ({ at, lane: 'caller', sign, text, style: 'dim' });

const nobodys = (at: number, text: string, good: boolean): Row => ({
  at,
  lane: '',
  sign: '',
  text,
  style: good ? 'good' : 'bad',
});

const handoffRow = (entry: Of<'handoff-asked' | 'handoff' | 'handoff-not'>): Row => {
  const { at, from, to } = entry;
  if (entry.kind === 'handoff-asked') {
    return { at, lane: from, sign: '├', text: `hands over to ${to}: ${entry.reason}`, style: 'bold' };
  }
  if (entry.kind === 'handoff-not') {
    return { at, lane: from, sign: '×', text: `stays with ${from}: ${entry.why}`, style: 'bad' };
  }
  const text = `${capital(to)} has the call, ${Math.round(entry.switchMs)} ms after it was asked for`;
  return { at, lane: to, sign: '●', text, style: 'good' };
};

const boundRow = ({ at, agent, cause }: Of<'bound'>): Row | undefined =>
  // A handoff has a line of its own.
  cause === 'handoff' ? undefined : { at, lane: agent, ...howBound(capital(agent), cause) };

const howBound = (agent: string, cause: string): Pick<Row, 'sign' | 'text' | 'style'> =>
  cause === 'return'
    ? { sign: '●', text: `${agent} has the caller back`, style: 'good' }
    : { sign: '┬', text: `${agent} takes the call (${cause})`, style: 'dim' };

const bargeInRow = ({ at, discardedMs }: Of<'barge-in'>): Row => {
  const text = `talks over the agent, silent at once: ${Math.round(discardedMs)} ms unheard`;
  return { at, lane: 'caller', sign: '!', text, style: 'bad' };
};

const onPersonsLane = (at: number, sign: string, [text, style]: readonly [string, string]): Row => ({
  at,
  lane: 'person',
  sign,
  text,
  style,
});

/** What happens on the way in from a menu, and out to a person. */
type Passage = Of<
  'menu' | 'keys' | 'passed' | 'person-wanted' | 'person-missed' | 'person-does' | 'told' | 'page-read' | 'joined' | 'wrote'
>;

const signs = { opens: '┬', closes: '○' } as const;

const passageRow = (entry: Passage): Row | undefined => {
  const { at } = entry;
  switch (entry.kind) {
    case 'menu':
      return { at, lane: entry.agent, sign: '┬', text: 'a menu of another system answers', style: 'dim' };
    case 'keys':
      return onCallersLane(at, '⊙', `presses ${entry.digits}`);
    case 'passed':
      return { at, lane: entry.from, sign: '├', text: `passes on: ${fieldsInLine(entry.fields)}`, style: 'bold' };
    case 'person-wanted':
      return { at, lane: entry.from, sign: '├', text: `asks for a person: ${entry.reason}`, style: 'bold' };
    case 'person-missed':
      return nobodys(at, `no person takes the caller: ${entry.why}`, false);
    case 'person-does':
      return onPersonsLane(at, entry.lane === undefined ? '◆' : signs[entry.lane], [entry.words, 'dim']);
    case 'told':
      return onPersonsLane(at, '◇', [`is told, and only they hear it: “${entry.text}”`, 'person']);
    case 'page-read':
      return onPersonsLane(at, '◆', ['has the page of the call open', 'dim']);
    case 'joined':
      return onPersonsLane(at, '●', ['The caller and the person have each other', 'good']);
    case 'wrote':
      return onPersonsLane(at, '◆', [`writes on the page: “${entry.notes}”`, 'bold']);
  }
};

const fieldsInLine = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${inWords(key)} ${value}`)
    .join(' · ');

/** An event as a line; undefined when it is none. */
export const rowOf = (entry: Eventful): Row | undefined => {
  const { at } = entry;
  switch (entry.kind) {
    case 'ring':
      return onCallersLane(at, '○', `${entry.from} calls ${entry.to}`);
    case 'stream':
      return onCallersLane(at, '│', `the media stream is ${entry.open ? 'open' : 'closed'}`);
    case 'understood':
      return onCallersLane(at, '│', `understood as: ${entry.text}`);
    case 'hung-up':
      return onCallersLane(at, '○', `the line is closed (${entry.by})`);
    case 'bound':
      return boundRow(entry);
    case 'tool':
      return toolRow(entry);
    case 'tried':
      return nobodys(at, `+ tried: ${entry.solution}: ${entry.outcome}`, entry.outcome !== 'failed');
    case 'barge-in':
      return bargeInRow(entry);
    case 'ended':
      return nobodys(at, `the call ends: ${entry.resolved === true ? 'resolved' : 'not resolved'}`, entry.resolved === true);
    case 'handoff-asked':
    case 'handoff':
    case 'handoff-not':
      return handoffRow(entry);
    default:
      return passageRow(entry);
  }
};
