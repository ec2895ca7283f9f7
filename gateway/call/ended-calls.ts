import { type CallId, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import { ExpiringMap } from '../../infra/expiring-map.ts';
import type { Log } from '../../infra/log.ts';
import type { CarrierOrders } from './ports.ts';
import { type CallEnd, isFarewell } from './state.ts';

/** How long the outcome of a call that ended here is remembered for the carrier's question. */
const rememberMs = 600_000;
/** After this long without a question from the carrier a call that is over is hung up by order. */
const hangUpMs = 8_000;

interface Outcome extends CallEnd {
  /** Calls the order to hang up off. */
  readonly wasAsked: Cancel;
}

export interface EndedCallsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly orders?: Pick<CarrierOrders, 'complete'> | undefined;
}

/** How calls ended on this node, for as long as the carrier may ask; and the order to hang up when it does not. */
export class EndedCalls {
  readonly #options: EndedCallsOptions;
  readonly #outcomes: ExpiringMap<CallId, Outcome>;
  /** Calls that the carrier called over: whatever still comes of them is late. */
  readonly #completed: ExpiringMap<CallId, true>;
  /** Calls that the carrier asked about before it was written down how they ended. */
  readonly #askedEarly = new Set<CallId>();

  constructor(options: EndedCallsOptions) {
    this.#options = options;
    this.#outcomes = new ExpiringMap(options.clock, ms(rememberMs));
    this.#completed = new ExpiringMap(options.clock, ms(rememberMs));
  }

  /** A call left this node. */
  left(callId: CallId, end: CallEnd): void {
    // A call that was given up may have been handed to a person: nobody may cut that off.
    const asks = this.#askedEarly.delete(callId) || !isFarewell(end.reason);
    this.#outcomes.set(callId, { ...end, wasAsked: asks ? () => {} : this.#hangUpLater(callId) });
  }

  /** How a call ended here, if it did. */
  end(callId: CallId): CallEnd | undefined {
    return this.#outcomes.get(callId);
  }

  /** The carrier asked what is next. `live`: the call is just leaving this node. */
  asked(callId: CallId, live: boolean): void {
    this.#outcomes.get(callId)?.wasAsked();
    if (live) this.#askedEarly.add(callId);
  }

  /** The carrier says that the call is over. */
  complete(callId: CallId): void {
    this.#outcomes.get(callId)?.wasAsked();
    this.#completed.set(callId, true);
  }

  isComplete(callId: CallId): boolean {
    return this.#completed.has(callId);
  }

  /** The closed stream makes the carrier ask and hang up; a document that is not ours may have no such question. */
  #hangUpLater(callId: CallId): Cancel {
    const { clock, orders, log } = this.#options;
    if (orders === undefined) return () => {};
    return clock.after(ms(hangUpMs), () => {
      orders
        .complete(callId)
        .catch((error) => log.warn({ callId, error: messageOf(error) }, 'a call that is over could not be hung up'));
    });
  }
}
