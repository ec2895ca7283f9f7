import type { CallId, Epoch, Term, WallTime } from '../../infra/brand.ts';
import { emptyBundle } from '../context/bundle.ts';
import { bundleDocument } from '../context/document.ts';
import type { ContextEvent } from '../context/event.ts';
import { foldEvent } from '../context/fold.ts';
import { aftermathOf, noAftermath } from './aftermath.ts';
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

/** The records of all handoffs of a call that are decided, in order of their requests. */
export const recordsOf = (events: readonly ContextEvent[], callId: CallId): readonly HandoffRecord[] => {
  const sizeAfter = bundleSizes(events, callId);
  return events.flatMap((event): readonly HandoffRecord[] => {
    if (event.type === 'handoff-refused') return [refusalOf(events, event, callId)];
    if (event.type !== 'handoff-requested') return [];
    const record = recordOf(events, { callId, term: event.term, epoch: event.epoch }, sizeAfter);
    return record === undefined ? [] : [record];
  });
};

/**
 * The record of one handoff, from its call's events; `undefined` while it is not in them, or not decided. Category, sentiment and
 * attempts are those known when the handoff was requested.
 */
export const recordOf = (
  events: readonly ContextEvent[],
  key: HandoffKey,
  sizeAfter = bundleSizes(events, key.callId),
): HandoffRecord | undefined => {
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
  const decidedAt = events.indexOf(decided);
  return {
    id: `${key.callId}-${key.term}-${key.epoch}`,
    ...key,
    ...knownIn(events.slice(0, requestedAt)),
    from: requested.from,
    to: requested.to,
    cause: 'handoff',
    trigger: requested.trigger,
    reason: requested.reason,
    requestedAt: iso(requested.at),
    decidedAt: iso(decided.at),
    bundleBytes: sizeAfter(decidedAt),
    ...(decided.type === 'handoff-committed'
      ? {
          ...committedFigures(decided),
          helpfulMs: helpfulMsOf(requested, decided, events.slice(requestedAt)),
          ...aftermathOf(decided, events.slice(decidedAt + 1)),
        }
      : { ...noFigures, ...noAftermath, outcome: 'failed', why: decided.why }),
  };
};

/** The policy said no, and no session was opened. */
const refusalOf = (events: readonly ContextEvent[], refused: Of<'handoff-refused'>, callId: CallId): HandoffRecord => ({
  id: `${callId}-${refused.term}-r${refused.seq}`,
  callId,
  term: refused.term,
  epoch: null,
  ...knownIn(events.slice(0, events.indexOf(refused))),
  from: refused.from,
  to: refused.to,
  cause: 'handoff',
  trigger: null,
  reason: refused.reason,
  requestedAt: iso(refused.at),
  decidedAt: iso(refused.at),
  bundleBytes: null,
  ...noFigures,
  ...noAftermath,
  outcome: 'refused',
  why: refused.why,
});

const knownIn = (events: readonly ContextEvent[]): Pick<HandoffRecord, 'line' | 'category' | 'sentiment' | 'attempts'> => ({
  line: newest(events, 'call-started')?.line ?? '',
  category: newest(events, 'issue-classified')?.category ?? null,
  sentiment: newest(events, 'sentiment-noticed')?.sentiment ?? null,
  attempts: attemptsIn(events),
});

/** One entry per solution, in order of first mention, with its newest outcome. */
const attemptsIn = (events: readonly ContextEvent[]): HandoffRecord['attempts'] => {
  const outcomes = new Map<string, string>();
  for (const event of events) if (event.type === 'solution-tried') outcomes.set(event.solution, event.outcome);
  return [...outcomes].map(([solution, outcome]) => ({ solution, outcome }));
};

/** The bytes of the bundle after the event with that index. Asked in order, no event is folded twice: a long call has thousands. */
const bundleSizes = (events: readonly ContextEvent[], callId: CallId): ((index: number) => number) => {
  let [bundle, folded] = [emptyBundle(callId), 0];
  return (index) => {
    if (index + 1 < folded) [bundle, folded] = [emptyBundle(callId), 0];
    bundle = events.slice(folded, index + 1).reduce(foldEvent, bundle);
    folded = index + 1;
    return Buffer.byteLength(JSON.stringify(bundleDocument(bundle)));
  };
};

type Figures = Pick<
  HandoffRecord,
  | 'configuredMs'
  | 'firstAudioMs'
  | 'helpfulMs'
  | 'switchMs'
  | 'foreseen'
  | 'silenceMs'
  | 'keptMs'
  | 'briefingTokens'
  | 'factsCarried'
  | 'leftOut'
>;

const noFigures: Figures = {
  configuredMs: null,
  firstAudioMs: null,
  helpfulMs: null,
  switchMs: null,
  foreseen: null,
  silenceMs: null,
  keptMs: null,
  briefingTokens: null,
  factsCarried: null,
  leftOut: [],
};

/** The new agent's first words stand before the commit, and never before its first sound. Who asks for what is known does not help yet. */
const helpfulMsOf = (
  requested: Of<'handoff-requested'>,
  { to, firstAudioMs }: Of<'handoff-committed'>,
  since: readonly ContextEvent[],
): number | null => {
  const asked = since.flatMap((event) => (event.type === 'asked-again' && event.agent === to ? [event.sentence] : []));
  const words = since.find(
    (event) =>
      event.type === 'agent-said' &&
      event.agent === to &&
      event.at >= requested.at &&
      !asked.some((sentence) => event.text.includes(sentence)),
  );
  return words === undefined ? null : Math.max(firstAudioMs, words.at - requested.at);
};

const committedFigures = (
  event: Of<'handoff-committed'>,
): Omit<Figures, 'helpfulMs'> & Pick<HandoffRecord, 'outcome' | 'why'> => ({
  outcome: 'committed',
  why: null,
  configuredMs: event.configuredMs,
  firstAudioMs: event.firstAudioMs,
  switchMs: event.switchMs,
  foreseen: event.foreseen,
  silenceMs: event.silenceMs,
  keptMs: event.keptMs,
  briefingTokens: event.briefingTokens,
  factsCarried: event.factsCarried,
  leftOut: event.leftOut,
});
