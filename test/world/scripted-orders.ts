import type { CarrierOrders, RingOrder } from '../../gateway/call/ports.ts';
import { type CallId, parseCallId } from '../../infra/brand.ts';

/** What a carrier was ordered to do, in words, and legs of people that it made up. */
export class ScriptedOrders implements CarrierOrders {
  readonly given: string[] = [];
  readonly rung: (RingOrder & { readonly leg: CallId })[] = [];
  /** Legs that are over. */
  readonly over = new Set<CallId>();
  /** The next order fails so. */
  refusesWith: Error | undefined;

  complete: CarrierOrders['complete'] = async (leg) => this.#given(`complete ${this.#nameOf(leg)}`);
  askPersonAgain: CarrierOrders['askPersonAgain'] = async (_ref, leg) => this.#given(`ask ${this.#nameOf(leg)} again`);
  askAgain: CarrierOrders['askAgain'] = async () => {
    this.#given('ask again');
    return 'done';
  };
  takeBack: CarrierOrders['takeBack'] = async () => this.#given('take the caller back');
  isOver: CarrierOrders['isOver'] = async (leg) => this.over.has(leg);
  ring: CarrierOrders['ring'] = async (order) => {
    this.#given(`ring ${order.address} from ${order.from}`);
    const leg = parseCallId(`CA${(this.rung.length + 1).toString(16).padStart(32, 'f')}`);
    if (leg === undefined) throw new Error('not a call id');
    this.rung.push({ ...order, leg });
    return leg;
  };

  #given(order: string): void {
    const { refusesWith } = this;
    this.refusesWith = undefined;
    if (refusesWith !== undefined) throw refusesWith;
    this.given.push(order);
  }

  #nameOf(leg: CallId): string {
    const index = this.rung.findIndex((one) => one.leg === leg);
    return index === -1 ? 'caller' : `person ${index + 1}`;
  }
}
