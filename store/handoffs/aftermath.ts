import type { ContextEvent } from '../context/event.ts';
import type { HandoffRecord } from './record.ts';

/** The pair's way back within this time means that the handoff was not worth it. */
const handBackMs = 120_000;

type Aftermath = Pick<HandoffRecord, 'judgedBy' | 'acknowledged' | 'askedAgain' | 'handedBack' | 'resolved'>;
type Committed = Extract<ContextEvent, { type: 'handoff-committed' }>;

const isCommitted = (event: ContextEvent): event is Committed => event.type === 'handoff-committed';

/** What became of a committed handoff. `after`: the events behind the commit. Null: not known, or not yet. */
export const aftermathOf = (committed: Committed, after: readonly ContextEvent[]): Aftermath => {
  const end = after.findIndex(isCommitted);
  // A transcript, or a judgement of words, may come a moment after the next handoff.
  const spoken = (end === -1 ? after : after.slice(0, end)).flatMap((event) =>
    event.type === 'asked-again' && event.agent === committed.to ? [{ field: event.field, sentence: event.sentence }] : [],
  );
  return {
    judgedBy: 'rules',
    acknowledged: acknowledgementIn(after, committed),
    askedAgain: spoken,
    handedBack: isHandedBack(committed, after),
    resolved: resolvedIn(after),
  };
};

/** How often a caller was handed back soon. */
export const handBacksIn = (events: readonly ContextEvent[]): number =>
  events.filter((event, index) => isCommitted(event) && isHandedBack(event, events.slice(index + 1)) === true).length;

/** The first end counts, unless the call went on after it. */
const resolvedIn = (after: readonly ContextEvent[]): boolean | null => {
  const goesOn = after.findLastIndex(({ type }) => type === 'bound');
  const end = after.slice(goesOn + 1).find((event) => event.type === 'call-ended');
  return end?.type === 'call-ended' ? end.resolved : null;
};

export const noAftermath: Aftermath = {
  judgedBy: null,
  acknowledged: null,
  askedAgain: [],
  handedBack: null,
  resolved: null,
};

const acknowledgementIn = (after: readonly ContextEvent[], { epoch, term }: Committed): Aftermath['acknowledged'] => {
  const judged = after.find((event) => event.type === 'first-words-judged' && event.epoch === epoch && event.term === term);
  return judged?.type === 'first-words-judged'
    ? { issue: judged.issue, finding: judged.finding, feeling: judged.feeling }
    : null;
};

/** Known as soon as it happened, or when it can't happen any more. */
const isHandedBack = ({ from, to, at }: Committed, after: readonly ContextEvent[]): boolean | null => {
  const until = at + handBackMs;
  if (after.some((event) => isCommitted(event) && event.from === to && event.to === from && event.at <= until)) return true;
  const isOver = after.some((event) => event.type === 'call-ended' || event.at > until);
  return isOver ? false : null;
};
