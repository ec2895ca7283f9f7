import type { TwimlElement } from '../../twiml-document.ts';
import { abortOf, announce } from '../announce.ts';
import type { Activity, DocumentRules, Leg, Next, PlacedLeg } from '../leg.ts';
import { type StatusPlan, statusEvents } from '../status-callbacks.ts';
import { ringTone } from '../tones.ts';
import { talk } from './bridge.ts';
import { afterwards, callbackOf, type Stage, seconds } from './verb.ts';

/** What may stand in the document that is run for the callee before the bridge. */
const whisperRules: DocumentRules = {
  verbs: ['Say', 'Play', 'Pause', 'Gather', 'Redirect', 'Hangup'],
  code: 13201,
  refused: { go: 'end', reason: 'whisper-refused', status: 'completed' },
};

interface Callee {
  readonly element: TwimlElement;
  readonly noun: TwimlElement;
  readonly signal: AbortSignal;
}

const callbacksOf = (stage: Stage, noun: TwimlElement): StatusPlan | undefined => {
  const { statusCallback, statusCallbackMethod, statusCallbackEvent } = noun.attributes;
  const callback = callbackOf(stage, statusCallback, statusCallbackMethod);
  const wanted = (statusCallbackEvent ?? 'completed').split(/\s+/);
  return callback && { ...callback, events: statusEvents.filter((event) => wanted.includes(event)) };
};

/** What the callee's leg does: the whisper, then it is ready for the caller until it is let go. */
const calleeActivity =
  (stage: Stage, noun: TwimlElement, ready: () => void): Activity =>
  async (run, signal) => {
    const whisper = callbackOf(stage, noun.attributes['url'], noun.attributes['method']);
    if (whisper !== undefined) {
      const next = await run({ kind: 'url', purpose: 'whisper', ...whisper }, { signal, rules: whisperRules });
      if (next.go === 'end') return next;
    }
    if (!signal.aborted) ready();
    await abortOf(signal);
    return { go: 'on' };
  };

const placeCallee = (stage: Stage, { element, noun }: Callee, ready: () => void): PlacedLeg => {
  const callbacks = callbacksOf(stage, noun);
  return stage.world.place({
    direction: 'outbound-dial',
    from: element.attributes['callerId'] ?? stage.leg.identity.from,
    to: noun.text,
    parentSid: stage.leg.identity.sid,
    ringMs: seconds(element.attributes['timeout'], 30),
    ...(callbacks !== undefined && { callbacks }),
    whenAnswered: calleeActivity(stage, noun, ready),
  });
};

/** Rings with the caller listening. The answer: whether the callee is ready for the caller. */
const ringOut = async (
  stage: Stage,
  callee: PlacedLeg,
  options: { ready: Promise<void>; signal: AbortSignal },
): Promise<boolean> => {
  const ringing = new AbortController();
  const music = { mulaw: ringTone, times: Number.POSITIVE_INFINITY };
  const heard = announce(stage.record, music, AbortSignal.any([options.signal, ringing.signal]));
  const isReady = await Promise.race([
    options.ready.then(() => true),
    abortOf(callee.released).then(() => false),
    abortOf(options.signal).then(() => false),
  ]);
  ringing.abort();
  await heard;
  return isReady && !options.signal.aborted;
};

/** A callee that was taken elsewhere by REST counts as if it had gone. */
const outcomeOf = (stage: Stage, leg: Leg, bridged: boolean): string => {
  if (bridged) return 'completed';
  if (!leg.over) return 'no-answer';
  return leg.status === 'completed' ? stage.world.declined : leg.status;
};

/** `<Dial><Number>` and `<Dial><Sip>` when somebody has the address: a leg of their own is rung and bridged. */
export const callPerson = async (stage: Stage, called: Callee): Promise<Next> => {
  const { element, signal } = called;
  const ready = Promise.withResolvers<void>();
  const callee = placeCallee(stage, called, ready.resolve);
  const bridged = await ringOut(stage, callee, { ready: ready.promise, signal });
  if (bridged) stage.leg.answer();
  const talkedMs = bridged ? await talk(stage, { other: callee, element, signal }) : undefined;
  const { leg } = callee;
  if (!callee.released.aborted) leg.end('parent-gone', leg.status === 'in-progress' ? 'completed' : 'canceled');
  const form = {
    DialCallStatus: outcomeOf(stage, leg, bridged),
    DialCallSid: leg.identity.sid,
    DialBridged: String(talkedMs !== undefined),
    ...(talkedMs !== undefined && { DialCallDuration: String(Math.round(talkedMs / 1_000)) }),
  };
  return afterwards(stage, element, { form, signal });
};
