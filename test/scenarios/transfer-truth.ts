import type { ContextEvent } from '../../store/context/event.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { addresses, type Name, type Plan, type PlayedHistory } from './transfer-history.ts';

type Decision = Extract<ContextEvent, { type: 'transfer-failed' | 'transfer-ended' }>;

const isDecision = (event: ContextEvent): event is Decision =>
  event.type === 'transfer-failed' || event.type === 'transfer-ended';

const hadCompany = (leg: PhoneCall | undefined): boolean =>
  leg?.record.facts.some((fact) => fact.type === 'company' && fact.with.length > 0) ?? false;

interface Case {
  readonly played: PlayedHistory;
  readonly name: Name;
  readonly plan: Plan;
  /** The person's leg, if one was rung. */
  readonly leg: PhoneCall | undefined;
}

const pressed = ({ played, name }: Case, key: string): boolean =>
  played.deeds.keys.some((deed) => deed.name === name && deed.key === key);

const didByPage = ({ played, name }: Case, deed: string): boolean =>
  played.deeds.done.some((one) => one.name === name && one.deed === deed);

const callerHungUp = ({ played }: Case): boolean => played.call.record.end?.reason === 'caller-hung-up';

/** What must have happened for an outcome to be true. */
const proofs: Readonly<Record<string, (facts: Case) => boolean>> = {
  busy: ({ plan }) => plan.kind === 'busy',
  'no-answer': ({ plan }) => plan.kind === 'never' || plan.kind === 'human' || plan.kind === 'machine',
  unreachable: ({ plan }) => plan.kind === 'failed',
  // A key that comes before its question, as that was late, is heard by nobody.
  voicemail: ({ plan, played }) =>
    plan.kind === 'machine' || plan.answer === 'ignores' || plan.afterMs > 5_000 || played.history.storm > 0,
  declined: (facts) => pressed(facts, '2') || didByPage(facts, 'give-back'),
  'hung-up': (facts) => facts.leg?.over === true,
  cancelled: ({ played }) => played.events.some(({ type }) => type === 'call-ended'),
  'caller-gone': callerHungUp,
  'caller-hung-up': callerHungUp,
  'given-back': (facts) => pressed(facts, '*') || didByPage(facts, 'give-back'),
  finished: (facts) => didByPage(facts, 'end-call'),
  left: (facts) => pressed(facts, 'hang-up') || facts.leg?.over === true,
};

const truthOf = (event: Decision, facts: Case): readonly string[] => {
  const outcome = event.type === 'transfer-failed' ? event.why : event.ending;
  const words = `transfer ${event.transfer} to ${facts.name} was ${outcome}`;
  const talked = hadCompany(facts.leg);
  // Of a talk that the carrier began by itself only its word on the caller's leg tells, and that may be lost in a storm.
  const isToldLate = outcome === 'caller-gone' && facts.played.history.way !== 'warm' && facts.played.history.storm > 0;
  const isProved = proofs[outcome]?.(facts) ?? false;
  return [
    ...(isProved ? [] : [`${words}, but nobody did that`]),
    ...(event.type === 'transfer-failed' && talked && !isToldLate ? [`${words}, but they talked with each other`] : []),
    ...(event.type === 'transfer-ended' && !talked ? [`${words}, but they never talked`] : []),
  ];
};

/** Whether what the log says of each transfer is what the people really did, in words of what is not. */
export const brokenTruth = (played: PlayedHistory): readonly string[] => {
  const { plans } = played.history;
  return played.events.filter(isDecision).flatMap((event) => {
    const name = event.to === 'night' ? 'night' : 'human';
    const leg = [...played.stage.carrier.legs.values()].find((one) => one.leg.identity.to === addresses[name]);
    return truthOf(event, { played, name, plan: plans[name], leg });
  });
};
