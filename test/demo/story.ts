import type { CallEntry } from '../../gateway/page/call-entry.ts';
import { EventSource } from '../../infra/event-source.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { CallFact } from '../world/carrier/call-record.ts';
import type { SpokenLine } from './caller-lines.ts';
import { KeyPresses } from './key-presses.ts';
import { passedIn } from './passed-fields.ts';
import { type Speech, Utterances } from './utterances.ts';

/** One thing that happened in the call; `at` is call time, milliseconds since the first ring. Notes are made from what is stored alone. */
export type Entry = Exclude<CallEntry, { kind: 'note' }>;

type Of<Type extends ContextEvent['type']> = Extract<ContextEvent, { type: Type }>;

export interface StoryOptions {
  /** Call time now, in ms since the first ring. */
  readonly now: () => number;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly SpokenLine[];
  /** Who reads the carrier's `<Say>` aloud on the caller's line, and how long a text takes in ms. Undefined: such words are no part of the story. */
  readonly announcer?: { readonly who: string; readonly msOf: (text: string) => number } | undefined;
}

/** What happened, as it happens: the carrier's facts and the gateway's context events, brought into call time. */
export class Story {
  readonly entries: Entry[] = [];
  readonly events = new EventSource<Entry>();
  readonly #options: StoryOptions;
  readonly #said = new Map<string, Speech>();
  readonly #tools = new Map<string, Of<'tool-called'>>();
  readonly #caller: Utterances;
  readonly #keys = new KeyPresses();
  #agentUntil = 0;
  #understood = 0;

  constructor(options: StoryOptions) {
    this.#options = options;
    this.#caller = new Utterances('caller', options.lines);
    this.tell({ kind: 'ring', at: 0, from: options.from, to: options.to });
  }

  /** Everything in the order in which it happened. */
  get inOrder(): readonly Entry[] {
    return this.entries.toSorted((one, other) => one.at - other.at);
  }

  /** Something that only its witness can tell. */
  tell(entry: Entry): void {
    this.entries.push(entry);
    this.events.emit(entry);
  }

  /** The carrier noticed something. */
  note(fact: CallFact): void {
    const { at } = fact;
    if (fact.type === 'stream-opened' || fact.type === 'stream-closed') {
      this.tell({ kind: 'stream', at, open: fact.type === 'stream-opened' });
    } else if (fact.type === 'caller-started') {
      const turn = this.#caller.started(at);
      if (turn !== undefined) this.tell(turn);
    } else if (fact.type === 'cleared' && fact.discardedMs > 0) {
      this.#agentUntil = at;
      this.tell({ kind: 'barge-in', at, discardedMs: fact.discardedMs });
    } else if (fact.type === 'ended') this.tell({ kind: 'hung-up', at, by: fact.reason });
    else this.#atTheMenu(fact);
  }

  /** What happens between the caller and another application. */
  #atTheMenu(fact: CallFact): void {
    const { announcer } = this.#options;
    const { at } = fact;
    if (fact.type === 'say-started' && announcer !== undefined) {
      const { text } = fact;
      if (!this.entries.some(({ kind }) => kind === 'menu')) this.tell({ kind: 'menu', at, agent: announcer.who });
      this.tell({ kind: 'speech', who: announcer.who, at, text, ms: announcer.msOf(text), heard: undefined });
    } else if (fact.type === 'digit-pressed') this.#keys.press(at, fact.digit);
    else if (fact.type === 'webhook') {
      for (const pressed of this.#keys.take()) this.tell({ kind: 'keys', ...pressed });
      const fields = passedIn(fact.url);
      if (announcer !== undefined && Object.keys(fields).length > 0)
        this.tell({ kind: 'passed', at, from: announcer.who, fields });
    }
  }

  /** The gateway learned something. */
  learn(event: ContextEvent): void {
    const at = this.#options.now();
    if (event.type === 'caller-said') this.#callerSaid(event, at);
    else if (event.type === 'agent-said') this.#agentSaid(event, at);
    else if (event.type === 'tool-called') this.#tools.set(event.toolCallId, event);
    else if (event.type === 'tool-returned') this.#toolReturned(event, at);
    else this.#found(event, at);
  }

  #found(event: ContextEvent, at: number): void {
    if (event.type === 'fact-learned') {
      this.tell({ kind: 'learned', at, key: event.key, value: event.value, source: event.source });
    } else if (event.type === 'sentiment-noticed') {
      this.tell({ kind: 'learned', at, key: 'sentiment', value: event.sentiment, source: 'agent' });
    } else if (event.type === 'issue-classified') {
      this.tell({ kind: 'learned', at, key: 'issueCategory', value: event.category, source: 'agent' });
    } else if (event.type === 'solution-tried') {
      this.tell({ kind: 'tried', at, solution: event.solution, outcome: event.outcome });
    } else this.#turned(event, at);
  }

  #turned(event: ContextEvent, at: number): void {
    if (event.type === 'bound') this.tell({ kind: 'bound', at, agent: event.agent, cause: event.cause });
    else if (event.type === 'call-ended') {
      this.tell({ kind: 'ended', at, reason: event.reason, resolved: event.resolved });
    } else if (event.type === 'handoff-requested') {
      const { from, to, reason, trigger } = event;
      this.tell({ kind: 'handoff-asked', at, from, to, reason, trigger });
    } else if (event.type === 'handoff-committed') {
      this.tell({ kind: 'handoff', at, from: event.from, to: event.to, switchMs: event.switchMs });
    } else if (event.type === 'handoff-failed' || event.type === 'handoff-refused') {
      this.tell({ kind: 'handoff-not', at, from: event.from, to: event.to, why: event.why });
    } else if (event.type === 'transfer-requested') {
      this.tell({ kind: 'person-wanted', at, from: event.from, reason: event.reason });
    } else if (event.type === 'transfer-failed') {
      this.tell({ kind: 'person-missed', at, why: event.why });
    }
  }

  #toolReturned(event: Of<'tool-returned'>, at: number): void {
    const called = this.#tools.get(event.toolCallId);
    const { tool: name, status, result, durationMs } = event;
    this.tell({
      kind: 'tool',
      at: Math.max(0, at - durationMs),
      agent: called?.agent ?? '',
      name,
      arguments: called?.arguments ?? {},
      status,
      result,
      durationMs,
    });
  }

  /** A transcript: of a recording it is the only thing that says what was said; of a known line it is news only if it differs. */
  #callerSaid({ text }: Of<'caller-said'>, at: number): void {
    const { begun } = this.#caller;
    // What was said to somebody else, the model did not hear.
    const same = begun.findIndex((turn, at) => at >= this.#understood && turn.text === text);
    const turn = begun[same === -1 ? this.#understood : same];
    this.#understood = (same === -1 ? this.#understood : same) + 1;
    if (text === null) return;
    if (turn !== undefined && turn.text === undefined) turn.text = text;
    else if (turn?.text === text) return;
    this.tell({ kind: 'understood', at, text });
  }

  /**
   * Comes when the words are made and again when it is known what was heard. The model speaks faster than a person listens, so
   * what was not heard yet at all begins behind everything that waits.
   */
  #agentSaid({ item, agent, text, saidMs, heardMs, heardText }: Of<'agent-said'>, at: number): void {
    const known = this.#said.get(item);
    if (known !== undefined) {
      known.heard = heardMs < saidMs - 250 ? heardText : undefined;
      return;
    }
    const began = Math.max(this.#agentUntil, at - heardMs);
    const speech: Speech = { kind: 'speech', who: agent, at: began, text, ms: saidMs, heard: undefined };
    this.#agentUntil = speech.at + saidMs;
    this.#said.set(item, speech);
    this.tell(speech);
  }
}
