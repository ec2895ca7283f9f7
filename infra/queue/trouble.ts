import { type Milliseconds, ms } from '../brand.ts';
import type { Cancel, Clock } from '../clock.ts';
import { type ErrorFacts, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Thinned, thinned } from '../thinned.ts';

export interface TroubleSetup {
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Whether there is a connection now. Trouble is over when there is, and no error came for a while. */
  readonly isConnected: () => boolean;
}

interface Going {
  readonly since: Milliseconds;
  readonly thin: Thinned;
  lastError: Milliseconds;
}

/** While Redis is away errors come at least this often: connecting gives up after 2 s, the next try follows within 1.1 s. */
const quietMs = 4_000;
const lookMs = ms(1_000);
const reminderMs = ms(60_000);

/** Trouble that comes as several errors a second is told as one thing: its beginning, a reminder a minute, its end. */
export class Trouble {
  readonly #setup: TroubleSetup;
  #going: Going | undefined;
  #cancel: Cancel = () => {};
  #isClosed = false;

  constructor(setup: TroubleSetup) {
    this.#setup = setup;
  }

  /** One error. `facts`: where it was. */
  add(error: Error, facts: ErrorFacts): void {
    if (this.#isClosed) return;
    const { clock, log } = this.#setup;
    const going = this.#going ?? this.#begin();
    going.lastError = clock.now();
    going.thin('error', (notLogged) => {
      const durationMs = Math.round(going.lastError - going.since);
      const more = durationMs === 0 ? {} : { durationMs, notLogged };
      log.warn(
        { ...facts, error: messageOf(error), ...more },
        durationMs === 0 ? 'job queue trouble' : 'job queue trouble goes on',
      );
    });
  }

  /** Nothing is told from here on: what breaks at the end of a queue breaks because it ends. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #begin(): Going {
    const { clock } = this.#setup;
    const now = clock.now();
    this.#going = { since: now, thin: thinned(clock, reminderMs), lastError: now };
    this.#lookAgain();
    return this.#going;
  }

  #lookAgain(): void {
    this.#cancel = this.#setup.clock.after(lookMs, () => this.#look());
  }

  #look(): void {
    const { clock, log, isConnected } = this.#setup;
    if (this.#going === undefined) return;
    const { since, lastError } = this.#going;
    if (!isConnected() || clock.now() - lastError < quietMs) {
      this.#lookAgain();
      return;
    }
    this.#going = undefined;
    log.info({ durationMs: Math.round(lastError - since) }, 'job queue trouble is over');
  }
}
