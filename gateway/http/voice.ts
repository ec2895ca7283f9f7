import { messageOf } from '../../infra/errors.ts';
import type { CallFacts, NextStep } from '../call/ports.ts';
import { twiml } from '../twilio/twiml.ts';
import { bringing } from './bring.ts';
import type { HttpDeps } from './deps.ts';
import { afterOf, linksOf } from './links.ts';
import type { Answer, Webhook } from './webhook.ts';

/** What is said when nothing else works, in words that need no agent. */
const sorry = 'We are sorry, our line is not available at the moment. Please call again in a few minutes.';
const nobodyThere = 'We are sorry, nobody could take your call. Please call again later. Good-bye.';

/** Call states that are final. */
const finalStates = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/** The answers to Twilio's webhooks: what a call does next, as TwiML. */
export const voiceAnswers = (
  deps: HttpDeps,
): Readonly<Record<'voice' | 'after' | 'status' | 'streamStatus' | 'fallback', Answer>> => {
  const links = linksOf(deps.publicUrl);

  const documentOf = (step: NextStep, { call, accountSid }: Webhook): string => {
    if (step.kind !== 'connect') return twiml(step, links);
    const parameters = deps.tokens.issue(call, accountSid, step.cause);
    return twiml(step, { ...links, after: afterOf(links, parameters.nonce) }, parameters);
  };

  const lastResort: NextStep =
    deps.fallback === undefined
      ? { kind: 'goodbye', words: sorry }
      : { kind: 'dial', words: 'One moment, please.', number: deps.fallback.number };

  /** A caller hears words even when the desk breaks. */
  const stepOr = async (asked: () => NextStep | Promise<NextStep>, { call }: Webhook): Promise<NextStep> => {
    try {
      return await asked();
    } catch (thrown) {
      deps.count('webhook_failed');
      deps.log.error({ callId: call.callId, error: messageOf(thrown) }, 'no next step for a call');
      return lastResort;
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

    status: ({ call, form }) => {
      const status = form.get('CallStatus') ?? '';
      if (finalStates.has(status)) tellEnded(deps, call, status);
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
      return documentOf(await stepOr(() => goOnOr(deps, lastResort, webhook), webhook), webhook);
    },
  };
};

/** A desk that breaks is our trouble: the carrier would only ask again. */
const tellEnded = ({ desk, count, log }: HttpDeps, { callId }: CallFacts, status: string): void => {
  try {
    desk.ended(callId, status);
  } catch (thrown) {
    count('webhook_failed');
    log.error({ callId, error: messageOf(thrown) }, 'the end of a call was not taken in');
  }
};

/** A document failed. A call that is known may have lost only its last question; any other has nobody to go on with. */
const goOnOr = async ({ desk }: HttpDeps, lastResort: NextStep, { call }: Webhook): Promise<NextStep> => {
  const step = (await desk.knows(call.callId)) ? await desk.next(call) : lastResort;
  return step.kind === 'connect' && step.cause === 'answer' ? lastResort : step;
};

/** After a `<Dial>` the person's call is over and so is ours; after a stream the desk decides. A finished call needs nothing. */
const afterStream = (deps: HttpDeps, { call, form, ticket }: Webhook): NextStep | Promise<NextStep> => {
  const status = form.get('CallStatus') ?? '';
  if (finalStates.has(status)) {
    tellEnded(deps, call, status);
    return { kind: 'hang-up' };
  }
  const dialled = form.get('DialCallStatus');
  if (dialled === undefined) return deps.desk.next(call, ticket);
  return dialled === 'completed' || dialled === 'answered' ? { kind: 'hang-up' } : { kind: 'goodbye', words: nobodyThere };
};
