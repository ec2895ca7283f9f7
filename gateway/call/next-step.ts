import type { NextStep } from './ports.ts';

/** A call that was taken up this often goes to a person, or ends with words: something in it may be what kills nodes. */
const mostResumes = 2;

const oneMomentWords = 'One moment, please.';
const busyWords = 'All our lines are busy right now. Please call again in a few minutes. Goodbye.';
const gaveUpWords =
  'I am sorry, we have a technical problem and cannot go on with this call. Please call again in a few minutes. Goodbye.';
const toPersonWords = 'One moment please, I am connecting you with a colleague.';

export const hangUp: NextStep = { kind: 'hang-up' };
export const answer: NextStep = { kind: 'connect', cause: 'answer' };
export const resume: NextStep = { kind: 'connect', cause: 'resume' };
/** This node is going: whoever answers in a moment takes the call up. */
export const askAgain: NextStep = { kind: 'wait', words: oneMomentWords, seconds: 2 };

/** A person, if there is a number to ring (E.164), else words and the end. */
const toPerson = (words: string, number: string | undefined): NextStep =>
  number === undefined ? { kind: 'goodbye', words } : { kind: 'dial', words: toPersonWords, number };

export const allLinesBusy = (fallbackNumber: string | undefined): NextStep => toPerson(busyWords, fallbackNumber);

/** A stream is over and the caller is still there: what comes next, by how the call ended, if it did, and how often it was taken up. */
export const stepAfter = (reason: string | undefined, resumes: number, fallbackNumber: string | undefined): NextStep => {
  if (reason === 'agent-ended') return hangUp;
  if (reason === 'gave-up' || resumes >= mostResumes) return toPerson(gaveUpWords, fallbackNumber);
  return resume;
};
