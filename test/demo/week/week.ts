import { createHash } from 'node:crypto';
import { type CallId, parseCallId } from '../../../infra/brand.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import { type Arm, assumed, withContext, without } from './arms.ts';
import { tellCall } from './call.ts';
import { type Random, type Some, seeded } from './random.ts';
import { hours, topics, weekdays } from './scenery.ts';

/** A call of the sample week, as a store holds calls. */
export interface SampleCall {
  readonly callId: CallId;
  readonly from: string;
  readonly startedAt: number;
  readonly arm: Arm;
  readonly events: readonly ContextEvent[];
}

export interface WeekPlan {
  readonly seed: number;
  /** How many calls. */
  readonly calls: number;
  /** The week is the seven full days, UTC, before this moment. Wall-clock milliseconds. */
  readonly now: number;
}

const dayMs = 86_400_000;
const daysOfWeek = 7;

/** What ids of sample calls begin with. */
const mark = 'CA00000000';

/** Whether a call is of a sample week. */
export const isSampleCall = (callId: CallId): boolean => callId.startsWith(mark);

/** The days of the week, UTC, like `2026-11-28`, both included. */
export const daysBefore = (now: number): { readonly from: string; readonly to: string } => {
  const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
  return { from: dayOf(now - daysOfWeek * dayMs), to: dayOf(now - dayMs) };
};

/** A synthetic week: the same plan is the same week. Calls are in the order in which they started. */
export const sampleWeek = (plan: WeekPlan): readonly SampleCall[] => {
  const from = Date.parse(daysBefore(plan.now).from);
  const until = from + daysOfWeek * dayMs;
  const calls: SampleCall[] = [];
  for (let caller = 0; calls.length < plan.calls; caller += 1)
    calls.push(...callsOf({ plan, caller, from, until }).slice(0, plan.calls - calls.length));
  return calls.sort((one, other) => one.startedAt - other.startedAt);
};

interface Course {
  readonly plan: WeekPlan;
  readonly caller: number;
  readonly from: number;
  readonly until: number;
}

/** What carriers write for a caller who hides their number. */
const hidden = '+266696687';

/** All calls of one caller: the first, and again while there is a reason to. Callers are of one arm or the other. */
const callsOf = ({ plan, caller, from, until }: Course): readonly SampleCall[] => {
  const random = seeded(plan.seed * 1_000_003 + caller);
  const arm = random.chance(0.5) ? withContext : without;
  const number = random.chance(0.03) ? hidden : numberOf(caller);
  const topic = random.weighted(topics);
  const calls: SampleCall[] = [];
  for (let startedAt = from + timeInWeek(from, random); startedAt < until; ) {
    const { teller, isSolved } = tellCall({ arm, from: number, topic, startedAt }, random);
    const callId = idOf([plan.seed, from, caller, calls.length]);
    calls.push({ callId, from: number, startedAt, arm, events: teller.events });
    const again = isSolved ? assumed.callsAgain.solved : assumed.callsAgain.unsolved;
    if (number === hidden || !random.chance(again)) break;
    startedAt = teller.at + random.between(600_000, 3 * dayMs);
  }
  return calls;
};

/** Numbers with 555 01 in the middle belong to nobody. */
const numberOf = (caller: number): string => {
  const [area, last] = [200 + (Math.floor(caller / 100) % 800), caller % 100];
  return `+1${area}55501${String(last).padStart(2, '0')}`;
};

const timeInWeek = (from: number, random: Random): number => {
  const [first, ...others] = weekdays.map((_, day) => ({
    day,
    weight: weekdays[new Date(from + day * dayMs).getUTCDay()] ?? 0,
  }));
  const days: Some<{ readonly day: number; readonly weight: number }> = [first ?? { day: 0, weight: 1 }, ...others];
  return random.weighted(days).day * dayMs + random.weighted(hours).hour * 3_600_000 + random.between(0, 3_599_999);
};

const idOf = (place: readonly number[]): CallId => {
  const digits = createHash('sha256')
    .update(`sample week ${place.join(' ')}`)
    .digest('hex')
    .slice(0, 24);
  const callId = parseCallId(`${mark}${digits}`);
  if (callId !== undefined) return callId;
  throw new ThroughlineError('sample-week', 'A sample call got an id that is none.');
};
