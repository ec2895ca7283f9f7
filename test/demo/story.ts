import { EventSource } from '../../infra/event-source.ts';
import type {
  AttemptOutcome,
  ContextEvent,
  FactSource,
  HandoffTrigger,
  Json,
  ToolStatus,
} from '../../store/context/event.ts';
import type { CallFact } from '../world/carrier/call-record.ts';
import type { SpokenLine } from './caller-lines.ts';
import { KeyPresses } from './key-presses.ts';
import { passedIn } from './passed-fields.ts';
import { type Speech, Utterances } from './utterances.ts';

/** One thing that happened in the call, for people who follow it; `at` is call time, milliseconds since the first ring. */
export type Entry =
  | Speech
  | { readonly kind: 'ring'; readonly at: number; readonly from: string; readonly to: string }
  | { readonly kind: 'stream'; readonly at: number; readonly open: boolean }
  | { readonly kind: 'bound'; readonly at: number; readonly agent: string; readonly cause: string }
  | { readonly kind: 'understood'; readonly at: number; readonly text: string }
  | {
      readonly kind: 'tool';
      readonly at: number;
      readonly agent: string;
      readonly name: string;
      readonly arguments: Json;
      readonly status: ToolStatus;
      readonly result: Json;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'learned';
      readonly at: number;
      readonly key: string;
      readonly value: Json;
      readonly source: FactSource;
    }
  | { readonly kind: 'tried'; readonly at: number; readonly solution: string; readonly outcome: AttemptOutcome }
  | {
      readonly kind: 'handoff-asked';
      readonly at: number;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
      readonly trigger: HandoffTrigger;
    }
  | { readonly kind: 'handoff'; readonly at: number; readonly from: string; readonly to: string; readonly switchMs: number }
  | { readonly kind: 'handoff-not'; readonly at: number; readonly from: string; readonly to: string; readonly why: string }
  /** The carrier's caller is with another application: a menu. */
  | { readonly kind: 'menu'; readonly at: number; readonly agent: string }
  /** Keys that the caller pressed for a menu, those of one question together. */
  | { readonly kind: 'keys'; readonly at: number; readonly digits: string }
  /** What the application before us put into our URL. */
  | {
      readonly kind: 'passed';
      readonly at: number;
      readonly from: string;
      readonly fields: Readonly<Record<string, string>>;
    }
  /** An agent wants a person for the caller. */
  | { readonly kind: 'person-wanted'; readonly at: number; readonly from: string; readonly reason: string }
  | { readonly kind: 'person-missed'; readonly at: number; readonly why: string }
  /** What a person did, in words; `lane`: how their line looks from then on. */
  | { readonly kind: 'person-does'; readonly at: number; readonly words: string; readonly lane?: 'opens' | 'closes' }
  /** What a person hears before they take the caller; nobody else hears it. */
  | { readonly kind: 'told'; readonly at: number; readonly text: string }
  /** They look at their page of the call: its HTML. */
  | { readonly kind: 'page-read'; readonly at: number; readonly page: string }
  /** The caller is with the person. */
  | { readonly kind: 'joined'; readonly at: number }
  | { readonly kind: 'wrote'; readonly at: number; readonly notes: string }
  | { readonly kind: 'barge-in'; readonly at: number; readonly discardedMs: number }
  | { readonly kind: 'ended'; readonly at: number; readonly reason: string; readonly resolved: boolean | null }
  | { readonly kind: 'hung-up'; readonly at: number; readonly by: string };

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
