import { isDeepStrictEqual } from 'node:util';
import { type CallRecord, isResolved } from './record.ts';

/** What webhooks are told of a record. No words of anybody and no numbers of callers; category and sentiment are words of models. */
export const toldOf = (record: CallRecord) => {
  const { callId, line, startedAt, endedAt, handleMs, endReason, turnedAway, contained, agents, handoffs } = record;
  const { handBacks, abandonedInHandoff, askedAgain, resumes, transfers, callbackAsked, tokens, cost } = record;
  return {
    ...{ callId, line, startedAt, endedAt, handleMs, endReason, turnedAway, contained, agents },
    ...{ resolved: isResolved(record), repeatedAt: record.resolution.repeatedAt },
    handoffs: handoffs.map(({ from, to }) => ({ from, to })),
    ...{ handBacks, abandonedInHandoff, askedAgain, resumes },
    transfers: transfers.map(({ to, way, outcome, talkMs }) => ({ to, way, outcome, talkMs })),
    ...{ callbackAsked, tokens, cost },
  };
};

/** The record as a revision of the one that is kept: the next one when it tells something else. */
export const revised = (record: CallRecord, kept: CallRecord | undefined): CallRecord => {
  if (kept === undefined) return { ...record, revision: 1 };
  const isSame = isDeepStrictEqual(toldOf(record), toldOf(kept));
  return { ...record, revision: isSame ? kept.revision : kept.revision + 1 };
};
