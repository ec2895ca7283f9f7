import { capital, clipped, inShort, inWords } from '../../gateway/page/in-short.ts';
import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { type Ink, wrap } from './ink.ts';
import { Lanes } from './lanes.ts';
import { type Eventful, type Row, rowOf } from './rows.ts';
import { type Sentence, sentencesOf } from './sentences.ts';
import type { Entry } from './story.ts';
import type { Speech } from './utterances.ts';

interface TimelineOptions {
  readonly clock: Clock;
  /** Call time now, in ms. */
  readonly now: () => number;
  readonly ink: Ink;
  readonly print: (line: string) => void;
  /** Who has a lane, from the left. */
  readonly lanes: readonly string[];
}

/** What was learned within so short a time is one line. */
const gatherMs = 60;
const timeColumns = 7;
const nameColumns = 11;

const clockText = (at: number): string => {
  const tenths = Math.max(0, Math.round(at / 100));
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`.padStart(timeColumns);
};

/** The call as lines of text, while it goes on: a lane for each voice, words as they are heard. */
export class Timeline {
  readonly #options: TimelineOptions;
  readonly #lanes: Lanes;
  /** What was said to be learned already; a tool can teach the same twice. */
  readonly #known = new Set<string>();
  /** Who was bound last. */
  #agent = 'support';
  /** Another application that has the caller now. */
  #before: string | undefined;
  #learned: { readonly at: number; readonly words: string[] } | undefined;
  /** Sentences of agents that wait for their time. */
  readonly #waiting: Cancel[] = [];

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#lanes = new Lanes(options.ink, options.lanes);
  }

  show(entry: Entry): void {
    if (entry.kind === 'speech') {
      sentencesOf(entry.text ?? '(in your own words)').forEach((sentence, at) => {
        this.#schedule(entry, sentence, at === 0);
      });
    } else if (entry.kind === 'learned') this.#gather(entry);
    else this.#event(entry);
  }

  /** Prints what was gathered and not printed yet. */
  flush(): void {
    const learned = this.#learned;
    this.#learned = undefined;
    if (learned === undefined) return;
    this.#row({ at: learned.at, lane: '', sign: '', text: `+ ${learned.words.join(' · ')}`, style: 'good' });
  }

  #gather({ at, key, value }: Extract<Entry, { kind: 'learned' }>): void {
    const words = `${inWords(key)} ${clipped(inShort(value), 40)}`;
    if (this.#known.has(words)) return;
    this.#known.add(words);
    if (this.#learned !== undefined) {
      this.#learned.words.push(words);
      return;
    }
    this.#learned = { at, words: [words] };
    this.#options.clock.after(ms(gatherMs), () => this.flush());
  }

  /** A sentence is shown when it begins to be heard. */
  #schedule(speech: Speech, { text, start }: Sentence, isFirst: boolean): void {
    const { clock, now } = this.#options;
    const at = speech.at + start * speech.ms;
    const say = () => {
      this.flush();
      this.#row({ at, lane: speech.who, sign: '●', text, ...(isFirst ? { name: capital(speech.who) } : {}) });
    };
    if (at <= now()) {
      say();
      return;
    }
    const cancel = clock.after(ms(at - now()), say);
    if (speech.who !== 'caller') this.#waiting.push(cancel);
  }

  #event(entry: Eventful): void {
    this.flush();
    this.#beforeRow(entry);
    if (entry.kind === 'barge-in') {
      for (const cancel of this.#waiting.splice(0)) cancel();
    }
    const row = rowOf(entry);
    if (row !== undefined) this.#row(row);
    if (entry.kind === 'handoff') this.#lanes.close(entry.from);
    else if (entry.kind === 'person-does' && entry.lane === 'closes') this.#lanes.close('person');
  }

  /** Lanes that begin with what happened, or end in another. */
  #beforeRow(entry: Eventful): void {
    if (entry.kind === 'bound') this.#takesOver(entry);
    else if (entry.kind === 'menu') {
      this.#lanes.open(entry.agent);
      this.#before = entry.agent;
    } else if (entry.kind === 'person-does' && entry.lane === 'opens') this.#lanes.open('person');
    else if (entry.kind === 'handoff') this.#lanes.handOver(entry.from, entry.to);
    else if (entry.kind === 'joined') {
      this.#lanes.handOver(this.#agent, 'person');
      this.#lanes.close(this.#agent);
    }
  }

  #takesOver({ agent, cause }: Extract<Entry, { kind: 'bound' }>): void {
    this.#lanes.open(agent);
    this.#agent = agent;
    if (cause === 'return') this.#lanes.handOver('person', agent);
    if (this.#before === undefined) return;
    this.#lanes.handOver(this.#before, agent);
    this.#lanes.close(this.#before);
    this.#before = undefined;
  }

  #row({ at, lane, sign, text, style, name }: Row): void {
    const { ink, print } = this.#options;
    const indent = style === undefined ? nameColumns : 0;
    const head = indent === 0 ? '' : ink.paint(lane, (name ?? '').padEnd(nameColumns));
    const width = ink.columns - timeColumns - 2 - this.#lanes.width - indent;
    wrap(text, width).forEach((line, number) => {
      const time = number === 0 ? clockText(at) : ' '.repeat(timeColumns);
      const lanes = this.#lanes.draw(number === 0 ? { lane, sign } : undefined);
      const left = number === 0 ? head : ' '.repeat(indent);
      print(`${ink.paint('dim', time)}  ${lanes}${left}${style === undefined ? line : ink.paint(style, line)}`.trimEnd());
    });
  }
}
