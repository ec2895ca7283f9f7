import { type CallId, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import type { JobQueue } from '../../infra/queue/queue.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import type { ContextFact } from '../../store/context/event.ts';
import { summariseJob } from '../../store/jobs.ts';
import type { Summary, SummaryStore } from '../../store/summaries.ts';

export interface SummaryKeeperOptions {
  readonly callId: CallId;
  readonly clock: Clock;
  readonly queue: Pick<JobQueue, 'add'>;
  /** Undefined: nobody makes summaries, and those by rule must do. */
  readonly summaries: Pick<SummaryStore, 'get'> | undefined;
  readonly bundle: () => ContextBundle;
  /** It did not work; the call goes on without. */
  readonly onTrouble: (error: unknown) => void;
}

/** A summary is asked for when the call has so many messages, and again after so many more. */
const firstAt = 24;
const againAfter = 12;
/** When the store is looked at for a summary that was asked for, ms after that. */
const looks = [3_000, 10_000, 30_000] as const;

/** Has the older part of a long call summarised while it goes on, and keeps the newest summary at hand. */
export class SummaryKeeper {
  readonly #options: SummaryKeeperOptions;
  readonly #waiting = new Set<Cancel>();
  #askedAt = firstAt - againAfter;
  #current: Summary | undefined;
  #isOver = false;

  constructor(options: SummaryKeeperOptions) {
    this.#options = options;
  }

  /** The newest that is known here. */
  get current(): Summary | undefined {
    return this.#current;
  }

  /** The call was begun elsewhere: there may be one. */
  begin(): void {
    this.#look();
  }

  /** Something became known. */
  hears({ type }: ContextFact): void {
    if (type !== 'caller-said' || this.#options.summaries === undefined) return;
    const { length } = this.#options.bundle().messages;
    if (length - this.#askedAt < againAfter) return;
    this.#askedAt = length;
    this.#ask(length);
  }

  stop(): void {
    this.#isOver = true;
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
  }

  #ask(messages: number): void {
    const { queue, callId, onTrouble } = this.#options;
    queue.add(summariseJob(callId, messages)).catch(onTrouble);
    for (const wait of looks) this.#later(wait);
  }

  #later(wait: number): void {
    const cancel = this.#options.clock.after(ms(wait), () => {
      this.#waiting.delete(cancel);
      this.#look();
    });
    this.#waiting.add(cancel);
  }

  #look(): void {
    const { summaries, callId, onTrouble } = this.#options;
    summaries
      ?.get(callId)
      .then((found) => {
        if (!this.#isOver && found !== undefined) this.#current = found;
      })
      .catch(onTrouble);
  }
}
