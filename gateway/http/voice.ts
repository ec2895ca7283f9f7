import { messageOf } from '../../infra/errors.ts';
import type { TransferRef } from '../../store/transfers.ts';
import type { BackReport, NextStep } from '../call/ports.ts';
import { twiml } from '../twilio/twiml.ts';
import { bringing } from './bring.ts';
import type { HttpDeps } from './deps.ts';
import { afterOf, linksOf } from './links.ts';
import { backFromPayment, paymentOf } from './payment.ts';
import { backReport, namedTransfer, transferAnswers } from './transfer.ts';
import type { Answer, Webhook } from './webhook.ts';

const nobodyThere = 'We are sorry, nobody could take your call. Please call again later. Good-bye.';

/** Results of a queue that had nobody for the caller. After any other the call is over, or in other hands. */
const queueFailures = new Set(['queue-full', 'error', 'system-error', 'leave']);

/** Call states that are final. */
export const finalStates: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/** The answers to Twilio's webhooks: what a call does next, as TwiML. */
export const voiceAnswers = (
  deps: HttpDeps,
): Readonly<Record<'voice' | 'after' | 'status' | 'streamStatus' | 'fallback' | 'transfer' | 'payment', Answer>> => {
  const links = linksOf(deps.publicUrl);

  const ofTransfer = transferAnswers(deps, links);

  const documentOf = (step: NextStep, { call, accountSid }: Webhook): string => {
    if (step.kind !== 'connect') return twiml(step, links);
    const parameters = deps.tokens.issue(call, accountSid, step.cause);
    return twiml(withOpening(step, deps), { ...links, after: afterOf(links, parameters.nonce) }, parameters);
  };

  /** A caller hears words even when the desk breaks. */
  const stepOr = async (asked: () => NextStep | Promise<NextStep>, { call }: Webhook): Promise<NextStep> => {
    try {
      return await asked();
    } catch (thrown) {
      deps.count('webhook_failed');
      deps.log.error({ callId: call.callId, error: messageOf(thrown) }, 'no next step for a call');
      return deps.lastResort;
    }
  };

  return {
    voice: async (webhook) => {
      const { query, form } = webhook;
      // The URL first: it is what the IVR wrote. Of a GET it is all there is.
      const call = bringing(deps, webhook.call, [...query, ...(form === query ? [] : form)]);
      return documentOf(await stepOr(() => deps.desk.ring(call), webhook), { ...webhook, call });
    },

    after: async (webhook) => documentOf(await stepOr(() => afterStream(deps, webhook), webhook), webhook),

    /** The caller comes back from a person as from a stream; everything else is about the person's leg. */
    transfer: async (webhook) => {
      const { ref, step } = namedTransfer(webhook);
      if (ref === undefined) return undefined;
      if (step !== 'back') return ofTransfer(ref, step, webhook);
      return documentOf(await stepOr(() => backFromPerson(deps, ref, webhook), webhook), webhook);
    },

    /** What came of it counts even when the caller is gone. */
    payment: async (webhook) => {
      const ref = paymentOf(webhook);
      if (ref === undefined) return undefined;
      const step = await stepOr(() => backFromPayment(deps, ref, webhook), webhook);
      const status = webhook.form.get('CallStatus') ?? '';
      if (!finalStates.has(status)) return documentOf(step, webhook);
      tellEnded(deps, webhook);
      return documentOf({ kind: 'hang-up' }, webhook);
    },

    status: (webhook) => {
      if (finalStates.has(webhook.form.get('CallStatus') ?? '')) tellEnded(deps, webhook);
      return undefined;
    },

    streamStatus: ({ call, form }) => {
      if (form.get('StreamEvent') !== 'stream-error') return undefined;
      deps.count('twilio_stream_error');
      deps.log.warn(
        { callId: call.callId, streamError: form.get('StreamError')?.slice(0, 200) },
        'the carrier reports a stream error',
      );
      return undefined;
    },

    fallback: async (webhook) => {
      deps.count('webhook_fallback');
      return documentOf(await stepOr(() => deps.desk.rescue(webhook.call, webhook.form.get('ErrorUrl')), webhook), webhook);
    },
  };
};

/** Whoever is answered is told first what answers; whoever is taken up again knows. */
const withOpening = (step: Extract<NextStep, { kind: 'connect' }>, { disclosure }: HttpDeps): NextStep =>
  disclosure === undefined || step.cause !== 'answer' ? step : { ...step, opening: disclosure };

/** A desk that breaks is our trouble: the carrier would only ask again. */
const tellEnded = ({ desk, count, log }: HttpDeps, { call: { callId }, form }: Webhook, report?: BackReport): void => {
  try {
    desk.ended(callId, form.get('CallStatus') ?? '', report);
  } catch (thrown) {
    count('webhook_failed');
    log.error({ callId, error: messageOf(thrown) }, 'the end of a call was not taken in');
  }
};

const nobodyInQueue = ({ fallback }: HttpDeps): NextStep =>
  fallback === undefined ? { kind: 'goodbye', words: nobodyThere } : { kind: 'dial', number: fallback.number };

/** A caller who is gone comes back from nobody. */
const backFromPerson = (deps: HttpDeps, ref: TransferRef, webhook: Webhook): NextStep | Promise<NextStep> => {
  const { call, form } = webhook;
  const report = backReport(form);
  if (!finalStates.has(form.get('CallStatus') ?? '')) return deps.desk.back(call, ref, report);
  tellEnded(deps, webhook, report);
  return { kind: 'hang-up' };
};

/** After a `<Dial>` the person's call is over and so is ours, after a queue mostly too; after a stream the desk decides. A finished call needs nothing. */
const afterStream = (deps: HttpDeps, webhook: Webhook): NextStep | Promise<NextStep> => {
  const { call, form, named } = webhook;
  if (finalStates.has(form.get('CallStatus') ?? '')) {
    tellEnded(deps, webhook);
    return { kind: 'hang-up' };
  }
  const queued = form.get('QueueResult');
  if (queued !== undefined) return queueFailures.has(queued) ? nobodyInQueue(deps) : { kind: 'hang-up' };
  const dialled = form.get('DialCallStatus');
  if (dialled === undefined) return deps.desk.next(call, named['stream']);
  return dialled === 'completed' || dialled === 'answered' ? { kind: 'hang-up' } : { kind: 'goodbye', words: nobodyThere };
};
