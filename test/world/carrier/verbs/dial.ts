import type { TwimlElement } from '../../twiml-document.ts';
import { readAddress } from '../address.ts';
import type { Next } from '../leg.ts';
import { callPerson } from './call-person.ts';
import { conference } from './conference.ts';
import { dialledBy, nobodyAnswers, scriptedDial } from './scripted.ts';
import { type Stage, toAction, type Verb } from './verb.ts';

const numberOf = (element: TwimlElement): TwimlElement => ({
  name: 'Number',
  attributes: {},
  text: element.text,
  children: [],
});

interface Problem {
  readonly code: number;
  readonly message: string;
}

/** Who may be shown as the caller: our own numbers, and whoever is on the other side of this leg. */
const callerIdProblem = (stage: Stage, { attributes: { callerId } }: TwimlElement): Problem | undefined => {
  const { from, to } = stage.leg.identity;
  if (callerId === undefined || callerId === from || callerId === to || stage.world.owns(callerId)) return undefined;
  return { code: 13214, message: `the account does not own the caller id ${callerId}` };
};

interface Called {
  readonly element: TwimlElement;
  readonly noun: TwimlElement;
  readonly signal: AbortSignal;
}

/** Calls a number or a SIP address, if somebody has it or it can't be called. Undefined: nobody is known there. */
const callAddress = async (stage: Stage, called: Called): Promise<Next | undefined> => {
  const address = readAddress(called.noun.text);
  const problem = address.kind === 'refused' ? address : callerIdProblem(stage, called.element);
  if (problem !== undefined) {
    stage.record.debug(problem.code, problem.message);
    return toAction(stage, called.element, { DialCallStatus: 'failed', DialBridged: 'false' });
  }
  return address.kind === 'address' && stage.world.people.has(address.key) ? callPerson(stage, called) : undefined;
};

export const dial: Verb = async (stage, element, signal) => {
  const [noun = numberOf(element), ...more] = element.children;
  if (more.length > 0) stage.record.debug(12200, '<Dial> with more than one noun is not simulated; the first is called');
  const outcome = stage.world.dialOutcome(dialledBy(element, noun));
  const called = { element, noun, signal };
  if (noun.name === 'Conference' && outcome === undefined) return conference(stage, called);
  const next = noun.name === 'Number' || noun.name === 'Sip' ? await callAddress(stage, called) : undefined;
  return next ?? scriptedDial(stage, noun, { element, outcome: outcome ?? nobodyAnswers(element), signal });
};
