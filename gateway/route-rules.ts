import type { RouteRule } from '../agents/handoff/rules.ts';
import { ms } from '../infra/brand.ts';
import type { Cancel, Clock } from '../infra/clock.ts';
import { messageOf } from '../infra/errors.ts';
import type { Log } from '../infra/log.ts';
import type { RuleStore } from '../store/suggestions/rules.ts';

export interface RouteRulesOptions {
  /** The line that is served here. */
  readonly line: string;
  readonly store: Pick<RuleStore, 'of'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** A process sees what another one accepted after this long, and the time of a read. */
const lookEveryMs = 10_000;

/**
 * The suggestions that were accepted, for calls: asked from memory. What the store says is looked up in the background; while it is away the last
 * word stands, and before there was one, there are none.
 */
export class RouteRules {
  readonly #options: RouteRulesOptions;
  #current: readonly RouteRule[] = [];
  /** Whether the store answered the last time. */
  #isReachable = true;
  /** Looks that began before this one are out of date. */
  #looks = 0;
  #cancel: Cancel = () => {};
  #stopped = false;

  constructor(options: RouteRulesOptions) {
    this.#options = options;
  }

  get current(): readonly RouteRule[] {
    return this.#current;
  }

  /** Nobody waits for it: a call that comes before is answered by who always answers. */
  start(): void {
    void this.look();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Looks now, as something was decided here. Never rejects. */
  async look(): Promise<void> {
    this.#cancel();
    this.#looks += 1;
    const look = this.#looks;
    const { store, line, clock } = this.#options;
    try {
      const rules = await store.of(line);
      this.#isReachable = true;
      if (look === this.#looks) this.#know(rules.filter(({ state }) => state === 'accepted'));
    } catch (error) {
      this.#lost(error);
    }
    if (!this.#stopped && look === this.#looks) this.#cancel = clock.after(ms(lookEveryMs), () => void this.look());
  }

  #know(rules: readonly RouteRule[]): void {
    const ids = (of: readonly RouteRule[]) => of.map(({ id }) => id).join(' ');
    const isSame = ids(rules) === ids(this.#current);
    this.#current = rules;
    const { log, line } = this.#options;
    if (!isSame) log.info({ line, rules: ids(rules) }, 'the accepted suggestions that route calls have changed');
  }

  /** Said once for each time that the store is away. */
  #lost(error: unknown): void {
    if (!this.#isReachable) return;
    this.#isReachable = false;
    const { log, line } = this.#options;
    log.warn(
      { line, error: messageOf(error) },
      'accepted suggestions could not be looked up; calls are routed as before until they can',
    );
  }
}
