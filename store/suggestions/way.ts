import { plainCategory } from '../calls/category.ts';
import type { CallRecord } from '../calls/record.ts';

/** Calls about one thing that one agent of a line answers, and the specialist with whom they may belong. */
export interface Way {
  readonly line: string;
  readonly category: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Whether a call ended with a specialist to whom it was handed over, and who did not hand it on or back. The last handoff says with whom
 * it ended: `agents` is in the order of the first binds.
 */
export const endedWith = ({ handoffs }: CallRecord, to: string): boolean =>
  handoffs.at(-1)?.to === to && handoffs.every(({ from }) => from !== to);

/** Whether a call is one that a way is about: of its category, and answered by the agent it leads away from. */
export const isOnWay = (record: CallRecord, { line, category, from }: Way): boolean =>
  record.turnedAway === null &&
  record.line === line &&
  record.category !== null &&
  record.agents[0] === from &&
  plainCategory(record.category) === plainCategory(category);
