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

/** Words of one speaker. `at` is when they began in the caller's ear (or mouth), `ms` how long they last. */
export interface Speech {
  readonly kind: 'speech';
  readonly who: string;
  readonly at: number;
  /** Undefined: a recording that nobody has understood yet. */
  text: string | undefined;
  ms: number;
  /** What the caller heard of it, once that is known to be less than all. */
  heard: string | undefined;
}

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
  | { readonly kind: 'barge-in'; readonly at: number; readonly discardedMs: number }
  | { readonly kind: 'ended'; readonly at: number; readonly reason: string; readonly resolved: boolean | null }
  | { readonly kind: 'hung-up'; readonly at: number; readonly by: string };

type Of<Type extends ContextEvent['type']> = Extract<ContextEvent, { type: Type }>;

interface StoryOptions {
  /** Call time now, in ms since the first ring. */
  readonly now: () => number;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly SpokenLine[];
}

/** What happened, as it happens: the carrier's facts and the gateway's context events, brought into call time. */
export class Story {
  readonly entries: Entry[] = [];
  readonly events = new EventSource<Entry>();
  readonly #options: StoryOptions;
  readonly #said = new Map<string, Speech>();
  readonly #tools = new Map<string, Of<'tool-called'>>();
  readonly #heardBefore: { callerUntil: number; agentUntil: number } = { callerUntil: 0, agentUntil: 0 };
  readonly #turns: Speech[] = [];
  #understood = 0;

  constructor(options: StoryOptions) {
    this.#options = options;
    this.#add({ kind: 'ring', at: 0, from: options.from, to: options.to });
  }

  /** Everything in the order in which it happened. */
  get inOrder(): readonly Entry[] {
    return this.entries.toSorted((one, other) => one.at - other.at);
  }

  #add(entry: Entry): void {
    this.entries.push(entry);
    this.events.emit(entry);
  }

  /** The carrier noticed something. */
  note(fact: CallFact): void {
    const { at } = fact;
    if (fact.type === 'stream-opened' || fact.type === 'stream-closed') {
      this.#add({ kind: 'stream', at, open: fact.type === 'stream-opened' });
    } else if (fact.type === 'caller-started') this.#callerStarted(at);
    else if (fact.type === 'cleared' && fact.discardedMs > 0) {
      this.#heardBefore.agentUntil = at;
      this.#add({ kind: 'barge-in', at, discardedMs: fact.discardedMs });
    } else if (fact.type === 'ended') this.#add({ kind: 'hung-up', at, by: fact.reason });
  }

  /** One utterance can fall silent and start again; its length tells them apart. */
  #callerStarted(at: number): void {
    const line = this.#options.lines[this.#turns.length];
    if (line === undefined || at < this.#heardBefore.callerUntil) return;
    const ms = line.mulaw.length / 8;
    const turn: Speech = { kind: 'speech', who: 'caller', at, text: line.text, ms, heard: undefined };
    this.#heardBefore.callerUntil = at + ms;
    this.#turns.push(turn);
    this.#add(turn);
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
      this.#add({ kind: 'learned', at, key: event.key, value: event.value, source: event.source });
    } else if (event.type === 'sentiment-noticed') {
      this.#add({ kind: 'learned', at, key: 'sentiment', value: event.sentiment, source: 'agent' });
    } else if (event.type === 'issue-classified') {
      this.#add({ kind: 'learned', at, key: 'issueCategory', value: event.category, source: 'agent' });
    } else if (event.type === 'solution-tried') {
      this.#add({ kind: 'tried', at, solution: event.solution, outcome: event.outcome });
    } else this.#turned(event, at);
  }

  #turned(event: ContextEvent, at: number): void {
    if (event.type === 'bound') this.#add({ kind: 'bound', at, agent: event.agent, cause: event.cause });
    else if (event.type === 'call-ended') {
      this.#add({ kind: 'ended', at, reason: event.reason, resolved: event.resolved });
    } else if (event.type === 'handoff-requested') {
      const { from, to, reason, trigger } = event;
      this.#add({ kind: 'handoff-asked', at, from, to, reason, trigger });
    } else if (event.type === 'handoff-committed') {
      this.#add({ kind: 'handoff', at, from: event.from, to: event.to, switchMs: event.switchMs });
    } else if (event.type === 'handoff-failed' || event.type === 'handoff-refused') {
      this.#add({ kind: 'handoff-not', at, from: event.from, to: event.to, why: event.why });
    }
  }

  #toolReturned(event: Of<'tool-returned'>, at: number): void {
    const called = this.#tools.get(event.toolCallId);
    const { tool: name, status, result, durationMs } = event;
    this.#add({
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
    const turn = this.#turns[this.#understood];
    this.#understood += 1;
    if (text === null) return;
    if (turn !== undefined && turn.text === undefined) turn.text = text;
    else if (turn?.text === text) return;
    this.#add({ kind: 'understood', at, text });
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
    const began = Math.max(this.#heardBefore.agentUntil, at - heardMs);
    const speech: Speech = { kind: 'speech', who: agent, at: began, text, ms: saidMs, heard: undefined };
    this.#heardBefore.agentUntil = speech.at + saidMs;
    this.#said.set(item, speech);
    this.#add(speech);
  }
}
