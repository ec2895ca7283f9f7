import { learnedFacts } from '../../agents/tools/run-tool.ts';
import type { BundlePayment, ContextBundle } from '../../store/context/bundle.ts';
import type { Json, ToolStatus } from '../../store/context/event.ts';
import { isSettled } from '../../store/context/fold.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import type { PaymentReport } from './ports.ts';

/** A payment of which only this is known. */
export const only = (outcome: PaymentReport['outcome']): PaymentReport => ({
  outcome,
  confirmation: null,
  cardType: null,
  error: null,
});

/** The payment that nobody knows the outcome of yet. One at a time is under way. */
export const openPayment = ({ payments }: Pick<ContextBundle, 'payments'>): BundlePayment | undefined => {
  const last = payments.at(-1);
  return last?.state === 'ended' ? undefined : last;
};

/** Once the carrier has begun to ask for a card, who hangs up may have paid. */
const statusOf = ({ wasHandedOver }: BundlePayment, { outcome }: PaymentReport): ToolStatus => {
  if (outcome === 'paid') return 'ok';
  return outcome === 'unknown' || (outcome === 'caller-hung-up' && wasHandedOver) ? 'unknown' : 'error';
};

const resultOf = ({ amount, currency }: BundlePayment, { outcome, confirmation, cardType, error }: PaymentReport): Json => ({
  outcome,
  amount,
  currency,
  ...(confirmation === null ? {} : { confirmationCode: confirmation }),
  ...(cardType === null ? {} : { cardType }),
  ...(error === null ? {} : { error }),
});

/**
 * Writes down what came of a payment: its end, the result of its tool, and what that teaches. Once; but what nobody could tell at first
 * may become known later.
 */
export const settlePayment = (
  { line, clock, metrics }: Pick<CallHouse, 'line' | 'clock' | 'metrics'>,
  journal: Journal,
  { payment, report }: { readonly payment: string; readonly report: PaymentReport },
): void => {
  const known = journal.bundle.payments.find((one) => one.payment === payment);
  if (known === undefined || isSettled(known) || known.outcome === report.outcome) return;
  if (known.state === 'ended' && report.outcome === 'unknown') return;
  const { agent, tool, toolCallId, amount, currency, startedAt } = known;
  const { outcome, confirmation: confirmationCode, cardType } = report;
  journal.note({ type: 'payment-ended', payment, ...report });
  journal.note({
    type: 'tool-returned',
    tool,
    toolCallId,
    status: statusOf(known, report),
    result: resultOf(known, report),
    durationMs: Math.max(0, Math.round(clock.wall() - startedAt)),
  });
  metrics.count('throughline_payments_total', { outcome });
  const pays = line.agents.get(agent)?.tools.get(tool)?.pays;
  if (outcome !== 'paid' || pays === undefined) return;
  const paid = { amount, currency, confirmationCode, cardType };
  for (const fact of learnedFacts(() => pays.learned(paid))) journal.note(fact);
};
