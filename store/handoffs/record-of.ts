import type { CallId, Epoch, Term, WallTime } from '../../infra/brand.ts';
import type { ContextEvent } from '../context/event.ts';
import type { HandoffRecord } from './record.ts';

/** Which handoff: the binding it asked for. */
export interface HandoffKey {
  readonly callId: CallId;
  readonly term: Term;
  readonly epoch: Epoch;
}

type Of<Type extends ContextEvent['type']> = Extract<ContextEvent, { type: Type }>;
type Decision = Of<'handoff-committed'> | Of<'handoff-failed'>;

const newest = <Type extends ContextEvent['type']>(events: readonly ContextEvent[], type: Type): Of<Type> | undefined =>
  events.findLast((event): event is Of<Type> => event.type === type);

const iso = (at: WallTime): string => new Date(at).toISOString();

/**
 * The record of one handoff, from its call's events; `undefined` while it is not in them, or not decided. Category, sentiment and
 * attempts are those known when the handoff was requested.
 */
export const recordOf = (events: readonly ContextEvent[], key: HandoffKey): HandoffRecord | undefined => {
  const isOurs = (event: ContextEvent): boolean => 'epoch' in event && event.term === key.term && event.epoch === key.epoch;
  const requestedAt = events.findIndex((event) => event.type === 'handoff-requested' && isOurs(event));
  const requested = events[requestedAt];
  // The owner may have been lost: then its successor's term has the decision. Epochs begin anew there, but requests stand before decisions.
  const decided = events
    .slice(requestedAt)
    .find(
      (event): event is Decision =>
        (event.type === 'handoff-committed' || event.type === 'handoff-failed') && event.epoch === key.epoch,
    );
  if (requested?.type !== 'handoff-requested' || decided === undefined) return undefined;
  const before = events.slice(0, requestedAt);
  return {
    id: `${key.callId}-${key.term}-${key.epoch}`,
    ...key,
    line: newest(before, 'call-started')?.line ?? '',
    from: requested.from,
    to: requested.to,
    reason: requested.reason,
    trigger: requested.trigger,
    category: newest(before, 'issue-classified')?.category ?? null,
    sentiment: newest(before, 'sentiment-noticed')?.sentiment ?? null,
    attempts: attemptsIn(before),
    requestedAt: iso(requested.at),
    decidedAt: iso(decided.at),
    ...outcomeOf(decided),
  };
};

/** One entry per solution, in order of first mention, with its newest outcome. */
const attemptsIn = (events: readonly ContextEvent[]): HandoffRecord['attempts'] => {
  const outcomes = new Map<string, string>();
  for (const event of events) if (event.type === 'solution-tried') outcomes.set(event.solution, event.outcome);
  return [...outcomes].map(([solution, outcome]) => ({ solution, outcome }));
};

const outcomeOf = (
  decided: Decision,
): Pick<HandoffRecord, 'outcome' | 'why' | 'switchMs' | 'silenceMs' | 'factsCarried' | 'leftOut'> =>
  decided.type === 'handoff-committed'
    ? {
        outcome: 'committed',
        why: null,
        switchMs: decided.switchMs,
        silenceMs: decided.silenceMs,
        factsCarried: decided.factsCarried,
        leftOut: decided.leftOut,
      }
    : { outcome: 'failed', why: decided.why, switchMs: null, silenceMs: null, factsCarried: null, leftOut: [] };
