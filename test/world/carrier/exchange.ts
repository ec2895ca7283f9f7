import { readAddress } from './address.ts';
import { CallLeg } from './call-leg.ts';
import type { CallIdentity, PlacedLeg } from './leg.ts';
import { ringOut } from './outgoing.ts';
import type { PersonScript } from './person.ts';
import { PhoneCall } from './phone-call.ts';
import type { CarrierWorld, Order } from './world.ts';

interface ExchangeOptions {
  /** Numbers of the account, besides those that were called. */
  readonly numbers: readonly string[];
  /** Calls that REST creates leave the queue one after another. Undefined: at once. */
  readonly callsPerSecond: number | undefined;
}

/** All legs of an account: those that callers made, and those that we place. */
export class Exchange {
  /** People by address: `+1…` or `sip:user@host`. */
  readonly people = new Map<string, PersonScript>();
  /** Every leg so far, by sid, in the order of their beginning. */
  readonly legs = new Map<string, PhoneCall>();
  readonly #options: ExchangeOptions;
  readonly #counts = new Map<string, number>();
  #queueFreeAt = Number.NEGATIVE_INFINITY;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  owns(number: string): boolean {
    const called = [...this.legs.values()].some(
      ({ leg: { identity } }) => identity.direction === 'inbound' && identity.to === number,
    );
    return called || this.#options.numbers.includes(number);
  }

  /** A caller's phone rings us. */
  take(world: CarrierWorld, identity: CallIdentity): PhoneCall {
    const { statusCallback, fallbackUrl, fallbackMethod = 'POST' } = world.number;
    const leg = new CallLeg(world, identity, {
      callbacks: statusCallback === undefined ? undefined : { url: statusCallback, method: 'POST', events: ['completed'] },
      fallback: fallbackUrl === undefined ? undefined : { url: fallbackUrl, method: fallbackMethod },
    });
    return this.#keep(leg);
  }

  /** Rings somebody. */
  place(world: CarrierWorld, order: Order): PlacedLeg & { readonly leg: CallLeg } {
    const address = readAddress(order.to);
    const [key, sipHeaders] = address.kind === 'address' ? [address.key, address.sipHeaders] : [order.to, {}];
    const { from, to, direction, parentSid } = order;
    const identity = {
      sid: world.sid('CA'),
      from,
      to,
      direction,
      ...(parentSid !== undefined && { parentSid }),
      extra: {},
      sipHeaders,
    };
    const leg = new CallLeg(world, identity, { callbacks: order.callbacks, fallback: order.fallback });
    const call = this.#keep(leg);
    const released = leg.occupy(order.whenAnswered);
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    const queuedMs = direction === 'outbound-api' ? this.#queueTime(leg.record.clock.now()) : 0;
    void ringOut(order.person ?? this.people.get(key), { call, order, queuedMs, ringing: { from, sipHeaders, count } });
    return { leg, released };
  }

  #keep(leg: CallLeg): PhoneCall {
    const call = new PhoneCall(leg);
    this.legs.set(call.sid, call);
    return call;
  }

  #queueTime(now: number): number {
    const { callsPerSecond } = this.#options;
    if (callsPerSecond === undefined) return 0;
    const at = Math.max(now, this.#queueFreeAt);
    this.#queueFreeAt = at + 1_000 / callsPerSecond;
    return at - now;
  }
}
