import { parseCallId } from '../../infra/brand.ts';
import type { NextStep, PaymentRef } from '../call/ports.ts';
import { paymentReport } from '../twilio/payment-report.ts';
import type { HttpDeps } from './deps.ts';
import type { Webhook } from './webhook.ts';

/** The payment that a URL names, of the call that asks; undefined: none. */
export const paymentOf = ({ named, call }: Pick<Webhook, 'named' | 'call'>): PaymentRef | undefined => {
  const { callId: name = '', payment = '' } = named;
  const callId = parseCallId(name);
  return callId !== undefined && callId === call.callId && /^p\d{1,4}$/.test(payment) ? { callId, payment } : undefined;
};

/** The caller has paid, or not, and comes back to the agent. */
export const backFromPayment = (
  { desk }: Pick<HttpDeps, 'desk'>,
  ref: PaymentRef,
  { call, form }: Pick<Webhook, 'call' | 'form'>,
): Promise<NextStep> => desk.paid(call, ref, paymentReport(form));
