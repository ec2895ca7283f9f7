import type { Prompt } from '../../agents/handoff/protocol.ts';
import { type Milliseconds, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';

/** How a line is used at a moment. */
export interface LineUse {
  /** Whose turn it is: the agent also has it while it thinks or a tool runs; `nobody`: no agent talks with the caller now. */
  readonly turn: 'caller' | 'agent' | 'nobody';
  /** How long nothing was heard from either side, in ms; 0 while somebody speaks. */
  readonly stillMs: number;
}

export interface LimitsOptions {
  readonly clock: Clock;
  /** Silence after which the caller is asked whether they are there, in ms. */
  readonly idleMs: number;
  /** The longest call, in ms. */
  readonly maxMs: number;
  readonly use: () => LineUse;
  readonly say: (prompt: Prompt) => void;
}

/** So often a caller is asked whether they are there before the call ends. */
const mostQuestions = 2;
/** The warning comes so long before the end, in a short call at its half. */
const warningMs = 60_000;
/** Both have stopped speaking: a good moment to say something. */
const pauseMs = 300;
/** How long the end of a long call waits for such a moment. */
const graceMs = 30_000;
/** How long for an agent who does not come to an end: as long as it may say without being heard. */
const agentGraceMs = 120_000;
const lookEveryMs = 1_000;
const lookSoonMs = 100;

/** Watches for silence and for the longest time of a call, and says when an agent has to speak about it. */
export class Limits {
  readonly #options: LimitsOptions;
  #cancel: Cancel = () => {};
  #endsAt: Milliseconds = ms(0);
  #questions = 0;
  #hasWarned = false;

  constructor(options: LimitsOptions) {
    this.#options = options;
  }

  /** The call began, or goes on here after `lastedMs` elsewhere. */
  start(lastedMs: number): void {
    const { clock, maxMs } = this.#options;
    this.#endsAt = ms(clock.now() + maxMs - lastedMs);
    this.#lookAfter(lookEveryMs);
  }

  stop(): void {
    this.#cancel();
  }

  /** A sign of life that is more than noise. */
  callerIsThere(): void {
    this.#questions = 0;
  }

  #lookAfter(wait: number): void {
    this.#cancel = this.#options.clock.after(ms(wait), () => {
      const use = this.#options.use();
      const prompt = this.#due(use);
      if (prompt !== undefined) this.#options.say(prompt);
      this.#lookAfter(this.#nextLook(use));
    });
  }

  #nextLook({ turn, stillMs }: LineUse): number {
    const untilTime = this.#nextByTime === undefined ? lookEveryMs : lookSoonMs;
    const untilIdle = turn === 'caller' ? this.#options.idleMs - stillMs : lookEveryMs;
    return Math.max(lookSoonMs, Math.min(untilTime, untilIdle, lookEveryMs));
  }

  get #leftMs(): number {
    return this.#endsAt - this.#options.clock.now();
  }

  /** What has to be said about time as soon as there is a pause. */
  get #nextByTime(): 'time-warning' | 'time-goodbye' | undefined {
    const left = this.#leftMs;
    if (left <= 0) return 'time-goodbye';
    return !this.#hasWarned && left <= Math.min(warningMs, this.#options.maxMs / 2) ? 'time-warning' : undefined;
  }

  #due(use: LineUse): Prompt | undefined {
    // A model that talks or calls tools for ever is interrupted.
    if (use.turn === 'agent' && this.#leftMs <= -agentGraceMs) return 'time-goodbye';
    if (use.turn !== 'caller') return undefined;
    return this.#dueByTime(use) ?? this.#dueBySilence(use);
  }

  #dueByTime({ stillMs }: LineUse): Prompt | undefined {
    if (stillMs < pauseMs && this.#leftMs > -graceMs) return undefined;
    const due = this.#nextByTime;
    if (due === 'time-warning') this.#hasWarned = true;
    return due;
  }

  #dueBySilence({ stillMs }: LineUse): Prompt | undefined {
    if (stillMs < this.#options.idleMs) return undefined;
    if (this.#questions >= mostQuestions) return 'idle-goodbye';
    this.#questions += 1;
    return 'still-there';
  }
}
