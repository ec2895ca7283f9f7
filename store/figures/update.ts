import type { CallRecord } from '../calls/record.ts';
import type { HandoffRecord } from '../handoffs/record.ts';
import { contributionOfCall, contributionOfHandoff } from './contributions.ts';
import type { Tallies } from './tallies.ts';

/** Puts a call into the figures, or what has changed of it. Can run twice without harm. */
export const updateCallFigures = (tallies: Pick<Tallies, 'put'>, record: CallRecord): Promise<void> =>
  tallies.put(`call:${record.callId}`, contributionOfCall(record));

/** Puts a handoff into the figures, or what has changed of it. Can run twice without harm. */
export const updateHandoffFigures = (tallies: Pick<Tallies, 'put'>, record: HandoffRecord): Promise<void> =>
  tallies.put(`handoff:${record.id}`, contributionOfHandoff(record));
