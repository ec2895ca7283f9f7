import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import type { CarrierOrders } from './ports.ts';

/** A stream, as far as it can be dead. */
export interface Line {
  readonly facts: { readonly callId: CallId };
  /** Since the last frame, or since the first word of the stream; Twilio sends one every 20 ms, silence included. */
  readonly silentLineMs: number;
}

export interface DeadLinesOptions {
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly orders?: Pick<CarrierOrders, 'askAgain'> | undefined;
  /** The streams that are served now. */
  readonly lines: () => Iterable<Line>;
  /** The carrier says that the call is over. */
  readonly onOver: (callId: CallId) => void;
}

/** Without a frame for so long the network between the carrier and us is gone, and neither side hears of it: a caller must not wait much longer than this. */
const deadMs = 2_000;
const lookEveryMs = 250;

/** Finds streams whose network is gone without a word, and has the carrier ask again, which makes a new stream. */
export class DeadLines {
  readonly #options: DeadLinesOptions;
  /** Streams about which the carrier was asked; each once. */
  readonly #asked = new WeakSet<Line>();
  #isLooking = false;

  constructor(options: DeadLinesOptions) {
    this.#options = options;
  }

  /** There is a stream to watch. One timer for all, while there are any. */
  watch(): void {
    if (this.#isLooking || this.#options.orders === undefined) return;
    this.#isLooking = true;
    const { clock } = this.#options;
    const since = clock.now();
    clock.after(ms(lookEveryMs), () => this.#look(clock.now() - since));
  }

  #look(afterMs: number): void {
    this.#isLooking = false;
    // This process was held up: frames that came meanwhile have not been read yet.
    const isLate = afterMs > 2 * lookEveryMs;
    let isAny = false;
    for (const line of this.#options.lines()) {
      isAny = true;
      if (!isLate && line.silentLineMs >= deadMs && !this.#asked.has(line)) void this.#ask(line);
    }
    if (isAny) this.watch();
  }

  async #ask(line: Line): Promise<void> {
    const { orders, log, onOver } = this.#options;
    const { callId } = line.facts;
    this.#asked.add(line);
    log.warn(
      { callId, durationMs: Math.round(line.silentLineMs) },
      'a stream brings nothing any more: the carrier is told to ask again',
    );
    try {
      if ((await orders?.askAgain(callId)) === 'gone') onOver(callId);
    } catch (error) {
      log.warn({ callId, error: messageOf(error) }, 'the carrier could not be told to ask again about a dead stream');
    }
  }
}
