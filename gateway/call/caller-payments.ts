import { checkedCharge } from '../../agents/charge.ts';
import { ms } from '../../infra/brand.ts';
import type { Cancel } from '../../infra/clock.ts';
import type { Json } from '../../store/context/event.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import { only, settlePayment } from './settle-payment.ts';
import type { EndReason } from './state.ts';

export interface CallerPaymentsOptions {
  readonly house: Pick<CallHouse, 'line' | 'clock' | 'metrics'>;
  readonly journal: Journal;
  /** The agent who was to say so did not: the caller leaves. */
  readonly onReady: () => void;
}

export interface PaymentWanted {
  readonly agent: string;
  readonly tool: string;
  readonly toolCallId: string;
  /** As the payment's tool returned it. */
  readonly charge: Json;
}

/** How long a payment waits for the store to know of it. */
const storePatienceMs = 2_000;
/** How long an agent may take to say that the caller goes to pay. */
const leaveWithinMs = 10_000;

/** Payments of a call, from the moment an agent asks for one until the caller leaves for it. One at a time. */
export class CallerPayments {
  readonly #options: CallerPaymentsOptions;
  /** `asking`: the line's code looks up what to charge. Else the name of the payment. */
  #now: 'asking' | { readonly payment: string } | undefined;
  #cancel: Cancel = () => {};

  constructor(options: CallerPaymentsOptions) {
    this.#options = options;
  }

  /** Whether an agent has asked for a payment, and the caller has not left for it yet. */
  get isUnderWay(): boolean {
    return this.#now !== undefined;
  }

  /** An agent asks for a payment. */
  opens(): void {
    this.#now = 'asking';
  }

  /** There is nothing to pay. */
  closes(): void {
    this.#now = undefined;
  }

  /**
   * Writes the payment down. `leaves`: it is stored, and the caller may go as soon as the agent has said so. `not-begun`: it is not, and the
   * log says so. `gone`: the call left this process meanwhile.
   */
  async begin({ charge, ...asked }: PaymentWanted): Promise<'leaves' | 'not-begun' | 'gone'> {
    const { journal, house, onReady } = this.#options;
    const { amount, currency, description = null, connector = null } = checkedCharge(charge);
    const payment = `p${journal.bundle.payments.length + 1}`;
    const now = { payment };
    this.#now = now;
    journal.note({ type: 'payment-started', payment, ...asked, amount, currency, description, connector });
    const isStored = await journal.stored(storePatienceMs);
    if (this.#now !== now) return 'gone';
    if (isStored) {
      this.#cancel = house.clock.after(ms(leaveWithinMs), onReady);
      return 'leaves';
    }
    this.#now = undefined;
    settlePayment(house, journal, { payment, report: only('not-begun') });
    return 'not-begun';
  }

  /** The call leaves this process. What was begun is for the next one to go on with, unless the caller is gone. */
  end(reason: EndReason): void {
    const now = this.#now;
    const { journal, house } = this.#options;
    this.#cancel();
    this.#now = undefined;
    if (now === undefined || now === 'asking' || reason !== 'caller-hung-up') return;
    settlePayment(house, journal, { payment: now.payment, report: only('caller-hung-up') });
  }
}
