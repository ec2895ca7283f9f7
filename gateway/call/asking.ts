import type { AgentSession, AskOptions } from '../../agents/session.ts';
import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';

/** How long the caller's own words, given to the model at once, may take to be noticed. */
const noticedMs = 1_500;
/** How long a rate limit is waited out, times the failures so far. */
const rateLimitMs = 1_000;
const rateLimits: ReadonlySet<string> = new Set(['rate_limit_exceeded', 'inference_rate_limit_exceeded']);

/** Asks one session for responses, and once more for one that failed; after a rate limit a little later, and twice. */
export class Asking {
  readonly #session: AgentSession;
  readonly #clock: Clock;
  /** The model can't answer in this session. `waited`: it took seconds to find out. */
  readonly #onHopeless: (failure: string, waited: boolean) => void;
  readonly #onAsked: () => void;
  #last: AskOptions | undefined;
  #count = 0;
  /** Responses that failed in a row. */
  #failed = 0;
  /** A question that is put off. */
  #later: Cancel | undefined;

  constructor(
    session: AgentSession,
    clock: Clock,
    hooks: { readonly onAsked: () => void; readonly onHopeless: (failure: string, waited: boolean) => void },
  ) {
    this.#session = session;
    this.#clock = clock;
    this.#onAsked = hooks.onAsked;
    this.#onHopeless = hooks.onHopeless;
  }

  /** How often it was asked. */
  get count(): number {
    return this.#count;
  }

  ask(options?: AskOptions): void {
    this.callOff();
    this.#count += 1;
    this.#last = options;
    this.#session.ask(options);
    this.#onAsked();
  }

  /** Asks in a moment, unless it is called off. */
  askLater(): void {
    this.#after(noticedMs, undefined);
  }

  /** Whether a question is put off. */
  get isWaiting(): boolean {
    return this.#later !== undefined;
  }

  /** Somebody speaks: a question that waits would only disturb. */
  callOff(): void {
    this.#later?.();
    this.#later = undefined;
  }

  #after(wait: number, options: AskOptions | undefined): void {
    this.callOff();
    this.#later = this.#clock.after(ms(wait), () => this.ask(options));
  }

  completed(): void {
    this.#failed = 0;
  }

  /** The model could not answer: once more, and then in another session. `asked`: we had asked, otherwise the turn taking did. */
  failed(failure: string, asked: boolean): void {
    this.#failed += 1;
    const limited = rateLimits.has(failure);
    const again = asked ? this.#last : undefined;
    if (this.#failed > (limited ? 2 : 1)) this.#onHopeless(failure, limited);
    else if (limited) this.#after(rateLimitMs * this.#failed, again);
    else this.ask(again);
  }
}
