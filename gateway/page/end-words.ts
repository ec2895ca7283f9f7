import type { CallEntry } from './call-entry.ts';

const reasons: ReadonlyMap<string, string> = new Map([
  ['agent-ended', 'the agent ended it'],
  ['person-ended', 'the person ended it'],
  ['caller-hung-up', 'the caller hung up'],
  ['idle', 'the caller had been silent for long'],
  ['too-long', 'it had lasted as long as a call may'],
  ['failed', 'no agent could go on'],
  ['gave-up', 'no agent could go on'],
  ['turned-away', 'agents did not take it'],
  ['transferred', 'the caller went on to a person'],
  ['lost', 'nobody wrote down how'],
]);

/** How a call ended, in words; of a reason that a newer version wrote its name. */
export const endReasonWords = (reason: string): string => reasons.get(reason) ?? reason;

/** How a call ended, and what its last agent or person says of their own work: a claim, and where they made none there is none. */
export const endWords = ({ reason, resolved, claimedBy = 'agent' }: Extract<CallEntry, { kind: 'ended' }>): string =>
  resolved === null
    ? `The call ends: ${endReasonWords(reason)}`
    : `The call ends; the ${claimedBy} says it is ${resolved ? 'solved' : 'not solved'}`;
