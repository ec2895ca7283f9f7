import type { WallTime } from '../../infra/brand.ts';
import type { BundleTransfer, ContextBundle } from '../context/bundle.ts';
import type { ContextEvent } from '../context/event.ts';
import type { Resolution } from './record.ts';
import type { CallerSays } from './verdict.ts';

/** One word of somebody who can tell whether the problem is solved. */
export interface Verdict {
  readonly by: 'caller' | 'tool' | 'person';
  readonly isSolved: boolean;
  readonly at: WallTime;
  /** The agent or person who had the caller. */
  readonly had: string;
}

/** All verdicts of a call on one time line, oldest first. */
export const verdictsOf = (
  events: readonly ContextEvent[],
  { messages, transfers }: ContextBundle,
  callerSays: CallerSays,
): readonly Verdict[] =>
  [
    ...callerSays(messages).map(({ isSolved, message: { at, agent } }) => ({
      by: 'caller' as const,
      isSolved,
      at,
      had: agent,
    })),
    ...events.flatMap(verdictOfTool),
    ...transfers.flatMap(verdictOfPerson),
  ].sort((one, other) => one.at - other.at);

const verdictOfTool = (event: ContextEvent): readonly Verdict[] =>
  event.type === 'solution-verified' ? [{ by: 'tool', isSolved: event.solved, at: event.at, had: event.agent }] : [];

/** It is about the talk, whenever it was written down. */
const verdictOfPerson = ({ verdict, to, requestedAt, acceptedAt, endedAt }: BundleTransfer): readonly Verdict[] =>
  verdict === 'solved' || verdict === 'not-solved'
    ? [{ by: 'person', isSolved: verdict === 'solved', at: endedAt ?? acceptedAt ?? requestedAt, had: to }]
    : [];

/** The last word of each. */
export const resolutionOf = (verdicts: readonly Verdict[], agent: boolean | null): Resolution => {
  const caller = verdicts.findLast(({ by }) => by === 'caller');
  const tool = verdicts.findLast(({ by }) => by !== 'caller');
  return {
    agent,
    caller: caller?.isSolved ?? null,
    callerAt: timeOf(caller),
    tool: tool?.isSolved ?? null,
    toolAt: timeOf(tool),
    repeatedAt: null,
  };
};

const timeOf = (verdict: Verdict | undefined): string | null =>
  verdict === undefined ? null : new Date(verdict.at).toISOString();

/** Who had the caller when the problem was solved, after the last word that it is not: a person who says so, else who had it when a tool did, else when the caller did. */
export const solverOf = (verdicts: readonly Verdict[]): string | null => {
  const solved = verdicts.slice(verdicts.findLastIndex(({ isSolved }) => !isSolved) + 1);
  const lastOf = (who: Verdict['by']) => solved.findLast(({ by }) => by === who);
  return (lastOf('person') ?? lastOf('tool') ?? lastOf('caller'))?.had ?? null;
};
