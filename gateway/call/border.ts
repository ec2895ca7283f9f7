import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';

/** The border of one call: what breaks inside ends this call's life on this node, and the carrier asks for the next. Others go on. */
export class Border {
  readonly #log: Log;
  readonly #onBreak: () => void;
  #isBroken = false;

  constructor(log: Log, onBreak: () => void) {
    this.#log = log;
    this.#onBreak = onBreak;
  }

  readonly guard = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      this.#broke(error);
    }
  };

  /** Whether something broke. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Watches work that nobody waits for. */
  readonly guardAsync = (work: Promise<void>): void => {
    work.catch((error) => this.#broke(error));
  };

  /** For whoever only watches: can't break the call. */
  readonly harmless = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      this.#log.error({ error: messageOf(error) }, 'a watcher of events broke');
    }
  };

  #broke(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.#log.error({ error: messageOf(error), stack }, 'a call broke; it is taken up anew');
    this.#isBroken = true;
    this.#onBreak();
  }
}
