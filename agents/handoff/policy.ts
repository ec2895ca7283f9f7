import type { WallTime } from '../../infra/brand.ts';
import type { BundleHandoff, ContextBundle } from '../../store/context/bundle.ts';
import type { HandoffTrigger } from '../../store/context/event.ts';
import type { LineDefinition } from '../definition.ts';

export interface HandoffQuestion {
  readonly bundle: ContextBundle;
  readonly line: LineDefinition;
  readonly request: {
    readonly from: string;
    readonly to: string;
    readonly reason: string;
    /** The model's word for it that the caller asked. */
    readonly callerAsked: boolean;
  };
  /** Turns of the caller, counted by commits and not by transcripts. */
  readonly turns: number;
  readonly now: WallTime;
}

export type Refusal =
  /** The agent has no such target. */
  | 'unknown-target'
  /** The first turn, nothing is known, and nobody asked. */
  | 'nothing-known-yet'
  /** A word was merely not understood. */
  | 'not-understood'
  /** The same two handed over twice within two minutes. */
  | 'back-and-forth'
  /** Four handoffs: only a person may be next. */
  | 'too-many-handoffs'
  /** People were asked often enough in this call. */
  | 'too-many-transfers';

export type Judgement =
  | { readonly kind: 'allowed'; readonly trigger: HandoffTrigger }
  /** `words` are for the model, which says them in its own way; `instead` is a person to hand over to, if the line has one. */
  | { readonly kind: 'refused'; readonly why: Refusal; readonly words: string; readonly instead: string | undefined };

export const mostHandoffs = 4;
export const mostWithinPair = 2;
export const pairWindowMs = 120_000;
/** A call may ask so often for people in all, and so often for the same. */
export const mostTransfers = 6;
export const mostOfSamePerson = 3;

/** May this handoff happen? Yes, unless one of five rules says no. Pure. */
export const judgeHandoff = (question: HandoffQuestion): Judgement => {
  const why = refusal(question);
  if (why === undefined) return { kind: 'allowed', trigger: triggerOf(question) };
  const instead = why === 'back-and-forth' || why === 'too-many-handoffs' ? personFor(question) : undefined;
  return { kind: 'refused', why, words: wordsFor(why, instead), instead };
};

const refusal = (question: HandoffQuestion): Refusal | undefined => {
  const { bundle, line, request, turns } = question;
  if (!isTarget(question)) return 'unknown-target';
  const loop = line.humans.has(request.to) ? tooOften(bundle, request.to) : loopOf(question);
  if (loop !== undefined || request.callerAsked) return loop;
  if (turns <= 1 && knowsNothing(bundle)) return 'nothing-known-yet';
  return wasNotUnderstood(request.reason) && failedAttempts(bundle) === 0 ? 'not-understood' : undefined;
};

const isTarget = ({ line, request: { from, to } }: HandoffQuestion): boolean =>
  from !== to && (line.agents.get(from)?.handoffs.has(to) ?? false) && (line.agents.has(to) || line.humans.has(to));

/** Holds even when the caller asked: a call that rings people again and again is no call for help. */
const tooOften = ({ transfers }: ContextBundle, to: string): Refusal | undefined =>
  transfers.length >= mostTransfers || transfers.filter((past) => past.to === to).length >= mostOfSamePerson
    ? 'too-many-transfers'
    : undefined;

/** Holds even when the caller asked: only a person can end a merry-go-round. */
const loopOf = (question: HandoffQuestion): Refusal | undefined => {
  const committed = question.bundle.handoffs.filter(({ outcome }) => outcome === 'committed');
  if (committed.length >= mostHandoffs) return 'too-many-handoffs';
  return committed.filter((past) => isRecentPair(past, question)).length >= mostWithinPair ? 'back-and-forth' : undefined;
};

/** There and back counts as the same pair. */
const isRecentPair = ({ from, to, committedAt }: BundleHandoff, { request, now }: HandoffQuestion): boolean => {
  const isPair = (from === request.from && to === request.to) || (from === request.to && to === request.from);
  return isPair && committedAt !== undefined && committedAt > now - pairWindowMs;
};

/** The caller's number, and what an earlier call was about, are no knowledge of their problem. */
const knowsNothing = ({ facts, attempts, toolCalls, category, handoffs }: ContextBundle): boolean =>
  facts.every(({ key, source }) => key === 'callerNumber' || source === 'memory') &&
  attempts.length === 0 &&
  toolCalls.length === 0 &&
  category === undefined &&
  handoffs.every(({ outcome }) => outcome !== 'committed');

export const failedAttempts = ({ attempts }: ContextBundle): number =>
  attempts.filter(({ outcome }) => outcome === 'failed').length;

/** About hearing and speech only: not understanding an error message is a good reason. */
const speechTrouble =
  /\b(misheard|inaudible|garbled|mumbl\w{0,5}|(hear|understand|catch) (the (caller|word|name)|a word|them|him|her|what (the caller|they|he|she) (said|says|is saying|are saying)))\b/i;

const wasNotUnderstood = (reason: string): boolean => speechTrouble.test(reason.slice(0, 500));

/** The first person that the agent may hand over to, and who was not asked too often. */
const personFor = ({ bundle, line, request }: HandoffQuestion): string | undefined =>
  [...(line.agents.get(request.from)?.handoffs.keys() ?? [])].find(
    (target) => line.humans.has(target) && tooOften(bundle, target) === undefined,
  );

const triggerOf = ({ bundle, line, request }: HandoffQuestion): HandoffTrigger => {
  if (request.callerAsked) return 'caller-asked';
  if (failedAttempts(bundle) >= 2) return 'attempts-failed';
  const about = `${bundle.category ?? ''} ${request.reason}`.toLowerCase();
  const expertise = line.agents.get(request.to)?.expertise ?? [];
  return expertise.some((subject) => about.includes(subject.toLowerCase())) ? 'expertise' : 'agent-judgement';
};

const wordsFor = (why: Refusal, instead: string | undefined): string => {
  switch (why) {
    case 'unknown-target':
      return 'There is nobody of that name here. Go on yourself, or choose one of your own transfers.';
    case 'nothing-known-yet':
      return 'Nothing is known yet that a specialist could use. Ask the caller in one short question what is wrong, then decide.';
    case 'not-understood':
      return 'That was only a word that was not understood. Ask the caller kindly to say it again.';
    case 'too-many-transfers':
      return 'They were asked often enough in this call. Say that they cannot take it now, and offer a call back.';
    case 'back-and-forth':
    case 'too-many-handoffs':
      return instead === undefined
        ? 'The caller has been handed over often enough. Stay with them, say so, and do what you can or offer a call back.'
        : `The caller has been handed over often enough. Tell them that you are bringing in a person, and call transfer_to_${instead}.`;
  }
};
