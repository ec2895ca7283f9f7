import { type CallId, ms } from '../../infra/brand.ts';
import type { BundlePayment, ContextBundle } from '../../store/context/bundle.ts';
import { isSettled } from '../../store/context/fold.ts';
import { recordEnd } from './handoff-scribe.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import type { NextStep, PaymentRef, PaymentReport } from './ports.ts';
import { only, openPayment, settlePayment } from './settle-payment.ts';
import { storedBundle, unservedJournal } from './unserved.ts';

const comesBack: NextStep = { kind: 'connect', cause: 'return' };

/** How long the carrier's question may wait for the store: the caller hears silence. */
const patienceMs = 2_000;

/** Calls that are away to pay: no stream of theirs is here, and any process may be asked about them. */
export class PayingCalls {
  readonly #house: CallHouse;
  /** What is written about a call is written one after the other: each claims it. */
  readonly #turns = new Map<CallId, Promise<unknown>>();

  constructor(house: CallHouse) {
    this.#house = house;
  }

  /**
   * Where a caller goes whose agent has let them go to pay; undefined: not to pay. The carrier is told to ask for a card once in the life of a
   * payment, after the log says so: whoever finds it handed over already does not know whether money moved. Never rejects.
   */
  nextFor(bundle: ContextBundle, hasLeft: boolean): Promise<NextStep | undefined> {
    const { callId } = bundle;
    if (!hasLeft || openPayment(bundle) === undefined) return Promise.resolve(undefined);
    return this.#inTurn(callId, () => this.#handOver(callId));
  }

  /** The carrier says what came of a payment. It is in the log when this resolves, unless the store had its time. Never rejects. */
  back(ref: PaymentRef, report: PaymentReport): Promise<void> {
    return this.#inTurn(ref.callId, () => this.#settle(ref, report));
  }

  /** The carrier says that the caller is gone. Never rejects. */
  hungUp(callId: CallId): Promise<void> {
    return this.#inTurn(callId, () => this.#close(callId));
  }

  async #handOver(callId: CallId): Promise<NextStep> {
    const giveUpAt = this.#giveUpAt();
    const journal = await this.#claimed(callId, giveUpAt);
    const payment = journal === undefined ? undefined : openPayment(journal.bundle);
    if (journal === undefined || payment === undefined) return comesBack;
    const report = only(payment.state === 'handed-over' ? 'unknown' : 'not-begun');
    if (payment.state === 'pending') journal.note({ type: 'payment-handed-over', payment: payment.payment });
    else settlePayment(this.#house, journal, { payment: payment.payment, report });
    const isStored = await this.#stored(journal, giveUpAt);
    return isStored && payment.state === 'pending' ? payStep(callId, payment) : comesBack;
  }

  async #settle({ callId, payment }: PaymentRef, report: PaymentReport): Promise<void> {
    const giveUpAt = this.#giveUpAt();
    const isOpen = (bundle: ContextBundle | undefined): boolean =>
      bundle?.payments.some((known) => known.payment === payment && !isSettled(known)) === true;
    const stored = await this.#within(storedBundle(this.#house, callId), giveUpAt);
    // One who is served again is not taken from whoever serves them: the question came twice, or late.
    if (!isOpen(stored) || stored?.leftInOrder !== true) return;
    const journal = await this.#claimed(callId, giveUpAt);
    if (journal === undefined || !isOpen(journal.bundle)) return;
    settlePayment(this.#house, journal, { payment, report });
    await this.#stored(journal, giveUpAt);
  }

  async #close(callId: CallId): Promise<void> {
    if (!isUnserved(await storedBundle(this.#house, callId))) return;
    const journal = unservedJournal(this.#house, callId);
    await journal.claim();
    if (!isUnserved(journal.bundle)) return;
    const open = openPayment(journal.bundle);
    if (open !== undefined) settlePayment(this.#house, journal, { payment: open.payment, report: only('caller-hung-up') });
    journal.note({ type: 'call-ended', reason: 'caller-hung-up', resolved: null, owesGoodbye: false });
    await recordEnd(this.#house, journal);
    await journal.stored(patienceMs);
  }

  #giveUpAt(): number {
    return this.#house.clock.now() + patienceMs;
  }

  /** The log of a call that nobody serves, if the store grants it in time. */
  async #claimed(callId: CallId, giveUpAt: number): Promise<Journal | undefined> {
    const journal = unservedJournal(this.#house, callId);
    let isLate = false;
    await this.#within(
      journal.claim(() => isLate),
      giveUpAt,
    );
    isLate = true;
    return journal.term === undefined ? undefined : journal;
  }

  /** Whether the log is stored in time; what is not will not be tried again, as somebody else may have the call by then. */
  async #stored(journal: Journal, giveUpAt: number): Promise<boolean> {
    const isStored = await journal.stored(Math.max(1, giveUpAt - this.#house.clock.now()));
    if (!isStored) journal.abandon();
    return isStored;
  }

  #within<Result>(work: Promise<Result>, giveUpAt: number): Promise<Result | undefined> {
    const { clock } = this.#house;
    return new Promise((resolve) => {
      const cancel = clock.after(ms(Math.max(1, giveUpAt - clock.now())), () => resolve(undefined));
      void work.then((result) => {
        cancel();
        resolve(result);
      });
    });
  }

  #inTurn<Result>(callId: CallId, work: () => Promise<Result>): Promise<Result> {
    const mine = (this.#turns.get(callId) ?? Promise.resolve()).then(work);
    this.#turns.set(callId, mine);
    const isOver = () => {
      if (this.#turns.get(callId) === mine) this.#turns.delete(callId);
    };
    void mine.then(isOver, isOver);
    return mine;
  }
}

/** Whether a call with a payment is over for the carrier, and nobody has written that down. */
const isUnserved = (bundle: ContextBundle | undefined): boolean =>
  bundle !== undefined && bundle.payments.length > 0 && bundle.leftInOrder && bundle.ended === undefined;

const payStep = (callId: CallId, { payment, amount, currency, description, connector }: BundlePayment): NextStep => ({
  kind: 'pay',
  ref: { callId, payment },
  charge: {
    amount,
    currency,
    ...(description === null ? {} : { description }),
    ...(connector === null ? {} : { connector }),
  },
});
