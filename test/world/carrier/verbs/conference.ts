import type { TwimlElement } from '../../twiml-document.ts';
import { announce } from '../announce.ts';
import type { DocumentRules, Next } from '../leg.ts';
import type { ConferenceEvent, RoomEntry, Seat } from '../room.ts';
import { methodOf } from '../stream-plan.ts';
import { holdMusic } from '../tones.ts';
import { absolute, afterwards, callbackOf, type Stage, timeLimit, toAction } from './verb.ts';

/** What may stand in the document of a `waitUrl`; anything else ends it, and there is silence. */
const waitRules: DocumentRules = { verbs: ['Play', 'Say', 'Pause', 'Redirect'], code: 13238, refused: { go: 'on' } };

const events: readonly ConferenceEvent[] = ['start', 'end', 'join', 'leave'];

/** Attributes that would change what is heard, and are not simulated. */
const missing = ['coach', 'record', 'eventCallbackUrl'];

const entryOf = (stage: Stage, noun: TwimlElement): RoomEntry => {
  const { attributes } = noun;
  const { beep = 'true', statusCallbackEvent = '', maxParticipants = '250' } = attributes;
  const callback = callbackOf(stage, attributes['statusCallback'], attributes['statusCallbackMethod']);
  const wanted = statusCallbackEvent.split(/\s+/);
  return {
    leg: stage.leg,
    label: attributes['participantLabel'],
    startOnEnter: attributes['startConferenceOnEnter'] !== 'false',
    endOnExit: attributes['endConferenceOnExit'] === 'true',
    beepsOn: { enter: ['true', 'onEnter'].includes(beep), exit: ['true', 'onExit'].includes(beep) },
    muted: attributes['muted'] === 'true',
    maxParticipants: Number(maxParticipants),
    callback: callback && {
      events: events.filter((event) => wanted.includes(event)),
      send: (form) => stage.report('conference', callback, form),
    },
  };
};

/** What is heard until the room starts: music, or what `waitUrl` says, once. */
const wait = async (stage: Stage, noun: TwimlElement, signal: AbortSignal): Promise<void> => {
  const { waitUrl, waitMethod } = noun.attributes;
  if (waitUrl === '') return;
  if (waitUrl === undefined) {
    await announce(stage.record, { mulaw: holdMusic, times: Number.POSITIVE_INFINITY }, signal);
    return;
  }
  const url = absolute(waitUrl, stage.base);
  await stage.run({ kind: 'url', purpose: 'wait', url, method: methodOf(waitMethod) }, { signal, rules: waitRules });
};

interface DialledRoom {
  readonly element: TwimlElement;
  readonly noun: TwimlElement;
  readonly signal: AbortSignal;
}

const stay = async (stage: Stage, seat: Seat, { element, noun, signal }: DialledRoom): Promise<void> => {
  const { timeLimit: limit, hangupOnStar } = element.attributes;
  const over = new AbortController();
  const goes = () => seat.leave(stage.leg.over ? 'participant_hung_up' : 'participant_updated_via_api');
  signal.addEventListener('abort', goes);
  if (signal.aborted) goes();
  const stop = stage.leg.keypad.listen((key) => {
    if (key === '*' && hangupOnStar === 'true') seat.leave('participant_hung_up');
  });
  void timeLimit(stage, limit, AbortSignal.any([signal, over.signal])).then(() => seat.leave('participant_hung_up'));
  const waiting = wait(stage, noun, AbortSignal.any([signal, seat.waiting]));
  await seat.left;
  await waiting;
  over.abort();
  stop();
  signal.removeEventListener('abort', goes);
};

/** `<Dial><Conference>`: the caller is in a room until somebody or something takes them out of it. */
export const conference = async (stage: Stage, dialled: DialledRoom): Promise<Next> => {
  const { element, noun, signal } = dialled;
  for (const name of missing.filter((each) => each in noun.attributes))
    stage.record.debug(12200, `<Conference ${name}> is not simulated`);
  const admission = stage.world.rooms.enter(noun.text, entryOf(stage, noun));
  if (admission.kind === 'refused') {
    stage.record.debug(admission.code, admission.message);
    return toAction(stage, element, { DialCallStatus: 'failed', DialBridged: 'false' });
  }
  const enteredAt = stage.record.now;
  await stay(stage, admission.seat, dialled);
  const form = {
    DialCallStatus: 'answered',
    DialBridged: 'true',
    DialCallDuration: String(Math.round((stage.record.now - enteredAt) / 1_000)),
  };
  return afterwards(stage, element, { form, signal });
};
