import type { WallTime } from '../../infra/brand.ts';
import { newestSettledDay } from '../figures/settled.ts';
import { endedWith } from '../suggestions/way.ts';
import { categoryOf, nameOf } from './category.ts';
import { type CallRecord, isResolved, type ToolUse } from './record.ts';

/** Which calls are meant; what is undefined does not matter. Names are those of the figures. */
export interface CallFilter {
  readonly line?: string | undefined;
  /** One of those that had the caller. */
  readonly agent?: string | undefined;
  /** The agent that answered. */
  readonly answeredBy?: string | undefined;
  /** The agent to whom the caller was handed over in the end, and who did not hand them on or back. */
  readonly endedWith?: string | undefined;
  /** In any spelling; `uncategorised`: calls without one. */
  readonly category?: string | undefined;
  readonly contained?: boolean | undefined;
  readonly resolved?: 'yes' | 'no' | 'unknown' | undefined;
  /** What the caller said, and what a tool saw, of the problem. */
  readonly callerConfirmed?: boolean | undefined;
  readonly toolVerified?: boolean | undefined;
  /** Whether one agent handed the caller to another. */
  readonly handedOff?: boolean | undefined;
  /** Whether a person took the caller. */
  readonly transferred?: boolean | undefined;
  /** Whether the caller wished to be called back. */
  readonly callbackAsked?: boolean | undefined;
  readonly askedAgain?: boolean | undefined;
  /** Whether the caller hung up while the next agent was on its way. */
  readonly abandoned?: boolean | undefined;
  /** Whether the caller called again: `false` says so only of calls whose caller had the time to. Calls of nobody known are neither. */
  readonly repeated?: boolean | undefined;
  readonly turnedAway?: boolean | undefined;
  readonly endReason?: string | undefined;
  /** An agent or a person. */
  readonly solvedBy?: string | undefined;
  /** A tool that was used. */
  readonly tool?: string | undefined;
  /** How a use ended: of that tool, where one is named. */
  readonly toolStatus?: ToolUse['status'] | undefined;
  /** A person who was asked for. */
  readonly person?: string | undefined;
  /** Whether a person took the caller, and what came of it: that person, where one is named. */
  readonly personTook?: boolean | undefined;
  readonly personOutcome?: string | undefined;
}

const resolvedWord = (record: CallRecord): 'yes' | 'no' | 'unknown' => {
  const resolved = isResolved(record);
  if (resolved === null) return 'unknown';
  return resolved ? 'yes' : 'no';
};

/** Whether the caller called again; null: nobody can tell, or not yet. */
const isRepeated = ({ caller, startedAt, resolution }: CallRecord, newestSettled: string): boolean | null => {
  if (caller === null) return null;
  if (resolution.repeatedAt !== null) return true;
  return startedAt.slice(0, 10) <= newestSettled ? false : null;
};

/** What a part of a filter is looked at with, beside the record. */
interface Ground {
  /** All that is asked for: some parts mean the same thing together. */
  readonly filter: CallFilter;
  /** The newest day whose callers had the time to call again. */
  readonly newestSettled: string;
}

const isNamed = (name: string, wanted: string | undefined): boolean => wanted === undefined || nameOf(name) === wanted;

const transfersTo = ({ transfers }: CallRecord, { person }: CallFilter): CallRecord['transfers'] =>
  transfers.filter(({ to }) => isNamed(to, person));

type Values = (record: CallRecord, ground: Ground) => readonly (string | boolean | null)[];

/** What a record has to say to each part of a filter: one of these is wanted. */
const values: { readonly [Name in keyof CallFilter]-?: Values } = {
  line: ({ line }) => [nameOf(line)],
  agent: ({ agents }) => agents.map(nameOf),
  answeredBy: ({ agents }) => agents.slice(0, 1).map(nameOf),
  endedWith: (record) => record.handoffs.slice(-1).flatMap(({ to }) => (endedWith(record, to) ? [nameOf(to)] : [])),
  category: ({ category }) => [categoryOf(category)],
  contained: ({ contained }) => [contained],
  resolved: (record) => [resolvedWord(record)],
  callerConfirmed: ({ resolution }) => [resolution.caller],
  toolVerified: ({ resolution }) => [resolution.tool],
  handedOff: ({ handoffs }) => [handoffs.length > 0],
  transferred: ({ transfers }) => [transfers.some(({ wasAccepted }) => wasAccepted)],
  callbackAsked: ({ callbackAsked }) => [callbackAsked],
  askedAgain: ({ askedAgain }) => [askedAgain > 0],
  abandoned: ({ abandonedInHandoff }) => [abandonedInHandoff],
  repeated: (record, { newestSettled }) => [isRepeated(record, newestSettled)],
  turnedAway: ({ turnedAway }) => [turnedAway !== null],
  endReason: ({ endReason }) => [endReason],
  solvedBy: ({ solvedBy }) => [solvedBy],
  tool: ({ tools }) => tools.map(({ tool }) => nameOf(tool)),
  toolStatus: ({ tools }, { filter }) => tools.filter(({ tool }) => isNamed(tool, filter.tool)).map(({ status }) => status),
  person: ({ transfers }) => transfers.map(({ to }) => nameOf(to)),
  personTook: (record, { filter }) => transfersTo(record, filter).map(({ wasAccepted }) => wasAccepted),
  personOutcome: (record, { filter }) => transfersTo(record, filter).map(({ outcome }) => outcome),
};

/** The parts of a filter. */
const parts: readonly (keyof CallFilter)[] = [
  'line',
  'agent',
  'answeredBy',
  'endedWith',
  'category',
  'contained',
  'resolved',
  'callerConfirmed',
  'toolVerified',
  'handedOff',
  'transferred',
  'callbackAsked',
  'askedAgain',
  'abandoned',
  'repeated',
  'turnedAway',
  'endReason',
  'solvedBy',
  'tool',
  'toolStatus',
  'person',
  'personTook',
  'personOutcome',
];

/** A category may be asked for in any spelling. */
const named = (part: keyof CallFilter, wanted: string | boolean): string | boolean =>
  part === 'category' ? categoryOf(String(wanted)) : wanted;

/** Says whether a call is one of those that a filter means, now. Pure. */
export const callsFitting = (now: WallTime): ((record: CallRecord, filter: CallFilter) => boolean) => {
  const newestSettled = newestSettledDay(now);
  return (record, filter) =>
    parts.every((part) => {
      const wanted = filter[part];
      return wanted === undefined || values[part](record, { filter, newestSettled }).includes(named(part, wanted));
    });
};
