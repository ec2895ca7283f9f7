import type { SessionEvent } from '../../agents/session.ts';
import { type Epoch, wallTime } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { PendingTurns } from './pending-turns.ts';
import type { Heard } from './playback.ts';
import type { Story } from './story.ts';

type Of<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>;

/** Tells the story of a call what one session hears and says. */
export class SeatStory {
  readonly #epoch: Epoch;
  readonly #agent: string;
  readonly #story: Story;
  readonly #clock: Clock;
  readonly #turns = new PendingTurns();

  constructor(seat: { readonly epoch: Epoch; readonly agent: string }, story: Story, clock: Clock) {
    this.#epoch = seat.epoch;
    this.#agent = seat.agent;
    this.#story = story;
    this.#clock = clock;
  }

  /** Turns with words that only this session can tell. */
  get owedWords(): readonly string[] {
    return this.#turns.owed;
  }

  /** The caller began to speak, `agoMs` before now. */
  callerStarted(turn: string, agoMs: number): void {
    this.#turns.started(turn);
    const at = wallTime(Math.round(this.#clock.wall() - agoMs));
    this.#story.tell({ type: 'caller-started', turn: this.#name(turn), at });
  }

  turnCommitted(turn: string): void {
    this.#turns.committed(turn);
  }

  /** A response begins: the answer to every turn before it. */
  turnsAnswered(): void {
    this.#turns.answered();
  }

  transcribed({ turn, text }: Of<'turn-transcribed'>): void {
    this.#turns.transcribed(turn);
    this.#story.tell({ type: 'caller-transcribed', turn: this.#name(turn), text, at: this.#clock.wall() });
  }

  /** It can't tell any more: the story goes on without the words, or with those that the next session hears again. */
  settle(): void {
    const at = this.#clock.wall();
    for (const turn of this.#turns.owed)
      this.#story.tell({ type: 'caller-transcribed', turn: this.#name(turn), text: null, at });
    for (const turn of this.#turns.passedOn) this.#story.tell({ type: 'caller-retold', turn: this.#name(turn) });
  }

  agentWrote({ item, delta }: Of<'agent-text'>): void {
    const at = this.#clock.wall();
    this.#story.tell({ type: 'agent-text', item: this.#name(item), agent: this.#agent, delta, at });
  }

  /** All of an item was generated; `heard` so far. */
  agentEnded({ item, text, generatedMs }: Of<'agent-item-ended'>, heard: Heard): void {
    const name = this.#name(item);
    this.#story.tell({
      type: 'agent-ended',
      item: name,
      agent: this.#agent,
      text,
      heard: { ...heard, item: name, saidMs: Math.max(heard.saidMs, generatedMs) },
      at: this.#clock.wall(),
    });
  }

  #name(id: string): string {
    return this.#story.name(this.#epoch, id);
  }
}
