import type { TwimlElement } from '../../twiml-document.ts';
import { announce, waitFor } from '../announce.ts';
import type { Next } from '../leg.ts';
import type { Dialled, DialOutcome } from '../world.ts';
import { type Stage, seconds, toAction } from './verb.ts';

/** How `<Dial>` and `<Enqueue>` end when a scenario says only the outcome, and nobody is really called. */
export interface Scripted {
  readonly element: TwimlElement;
  readonly outcome: DialOutcome;
  readonly signal: AbortSignal;
}

/** What `<Dial>` reaches for. */
export const dialledBy = (element: TwimlElement, noun: TwimlElement): Dialled => ({
  kind: noun.name,
  target: noun.text,
  attributes: noun.attributes,
  dial: element.attributes,
});

/** Nobody answers until the verb gives up. */
export const nobodyAnswers = (element: TwimlElement): DialOutcome => ({
  status: 'no-answer',
  ringMs: seconds(element.attributes['timeout'], 30),
  talkMs: 0,
});

const converse = async (stage: Stage, { outcome, signal }: Scripted): Promise<void> => {
  const { clock } = stage.world;
  await waitFor(clock, outcome.ringMs, signal);
  const endsAt = clock.now() + outcome.talkMs;
  if (outcome.heard !== undefined) await announce(stage.record, { mulaw: outcome.heard }, signal);
  await waitFor(clock, Math.max(0, endsAt - clock.now()), signal);
};

export const scriptedDial = async (stage: Stage, noun: TwimlElement, scripted: Scripted): Promise<Next> => {
  const { element, outcome } = scripted;
  await converse(stage, scripted);
  const talked = outcome.status === 'completed' || outcome.status === 'answered';
  return toAction(stage, element, {
    DialCallStatus: outcome.status,
    DialBridged: String(talked),
    ...(noun.name !== 'Conference' && { DialCallSid: stage.world.sid('CA') }),
    ...(talked && { DialCallDuration: String(Math.round(outcome.talkMs / 1_000)) }),
  });
};

export const scriptedEnqueue = async (stage: Stage, scripted: Scripted): Promise<Next> => {
  const { element, outcome } = scripted;
  await converse(stage, scripted);
  const waited = String(Math.round(outcome.ringMs / 1_000));
  return toAction(stage, element, { QueueSid: stage.world.sid('QU'), QueueTime: waited, QueueResult: outcome.status });
};
