import { inNeed, type People } from './elsewhere.ts';
import type { NextStep } from './ports.ts';
import { type Farewell, isFarewell } from './state.ts';

/** So often in a row a stream may be asked for that never comes. */
const mostAttempts = 4;
/** So often a call may be claimed without anybody being bound: that is all the trace of a call which kills its nodes at once. */
const mostLostClaims = 3;
/** A call that was taken up this often goes to a person, or ends with words: something in it may be what kills nodes. */
const mostResumes = 2;

/** How the log of a call ends that went elsewhere before agents had it. */
export const turnedAway = 'turned-away';

const oneMomentWords = 'One moment, please.';
const busyWords = 'All our lines are busy right now. Please call again in a few minutes. Goodbye.';
const outOfOrderWords =
  'I am sorry, we have a technical problem and cannot take your call right now. Please call again in a few minutes. Goodbye.';
const gaveUpWords =
  'I am sorry, we have a technical problem and cannot go on with this call. Please call again in a few minutes. Goodbye.';
/** What no agent could say any more. */
const farewellWords: Readonly<Record<Farewell, string>> = {
  'agent-ended': 'Thank you for calling. Goodbye.',
  idle: 'I cannot hear you, so I am ending the call now. Please call again whenever you like. Goodbye.',
  'too-long': 'We have to end the call here. Please call again if there is anything else. Goodbye.',
};

export const hangUp: NextStep = { kind: 'hang-up' };
export const answer: NextStep = { kind: 'connect', cause: 'answer' };
export const resume: NextStep = { kind: 'connect', cause: 'resume' };
/** This node is going: whoever answers in a moment takes the call up. */
export const askAgain: NextStep = { kind: 'wait', words: oneMomentWords, seconds: 2 };

/** The same for a new call that no agent can take, as the model server is down. */
export const outOfOrder = (people: People): NextStep => inNeed(people, outOfOrderWords);

/** People, if there are any, else words and the end. */
export const allLinesBusy = (people: People): NextStep => inNeed(people, busyWords);

/** What is known of a call whose stream is over while the caller is still there. */
export interface Aftermath {
  /** How the call ended, if it did. */
  readonly end: { readonly reason: string; readonly owesGoodbye: boolean } | undefined;
  /** How often it was taken up after the loss of a node. */
  readonly resumes: number;
  /** How often it was claimed without anybody being bound then. */
  readonly lostClaims: number;
  /** How often a stream was asked for since the last one came. */
  readonly attempts: number;
}

/** What comes next; `given-up`: nothing that agents could do. */
export const stepAfter = ({ end, resumes, lostClaims, attempts }: Aftermath): NextStep | 'given-up' => {
  if (isFarewell(end?.reason)) return end.owesGoodbye ? { kind: 'goodbye', words: farewellWords[end.reason] } : hangUp;
  const isHopeless = resumes >= mostResumes || lostClaims >= mostLostClaims || attempts >= mostAttempts;
  return end?.reason === 'gave-up' || end?.reason === turnedAway || isHopeless ? 'given-up' : resume;
};

/** For a call that agents gave up: people, if there are any, else words and the end. */
export const givenUp = (people: People): NextStep => inNeed(people, gaveUpWords);
