import type { CallId } from '../../infra/brand.ts';
import type { BundleTransfer, ContextBundle } from '../context/bundle.ts';
import { usageOfCall } from '../context/call-usage.ts';
import type { ContextEvent } from '../context/event.ts';
import { foldCall } from '../context/fold.ts';
import { noTokens, sumTokens } from '../context/usage.ts';
import { handBacksIn } from '../handoffs/aftermath.ts';
import { billedMinutes, costOf, type PriceTable } from '../prices.ts';
import { type CallRecord, isContained, isResolved, type ToolUse, type TransferUse } from './record.ts';
import type { CallerSays } from './verdict.ts';
import { resolutionOf, solverOf, verdictsOf } from './verdicts-of.ts';

/** What a record is made with, beside the call's log. */
export interface RecordGround {
  readonly prices: PriceTable;
  /** A caller's number as stores may know it; null: it stands for nobody. */
  readonly hashOf: (number: string) => string | null;
  /** What the caller said of their problem. */
  readonly callerSays: CallerSays;
}

type Of<Type extends ContextEvent['type']> = Extract<ContextEvent, { type: Type }>;

const eventsOf = <Type extends ContextEvent['type']>(events: readonly ContextEvent[], type: Type): readonly Of<Type>[] =>
  events.filter((event): event is Of<Type> => event.type === type);

const mostToolUses = 200;

/** The record of a call that is over, by rules. Undefined: the log does not tell of its beginning. */
export const callRecordOf = (
  callId: CallId,
  events: readonly ContextEvent[],
  ground: RecordGround,
): CallRecord | undefined => {
  const bundle = foldCall(callId, events);
  const { startedAt, ended } = bundle;
  const last = events.at(-1);
  if (startedAt === undefined || last === undefined) return undefined;
  const endedAt = Math.max(startedAt, ended?.at ?? last.at);
  const bound = eventsOf(events, 'bound');
  const turnedAway = bound.length === 0 ? (eventsOf(events, 'call-turned-away')[0]?.why ?? null) : null;
  const sentiments = eventsOf(events, 'sentiment-noticed');
  const transfers = bundle.transfers.map(transferUse);
  const verdicts = verdictsOf(events, bundle, ground.callerSays);
  const record: CallRecord = {
    callId,
    line: bundle.line,
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    handleMs: endedAt - startedAt,
    endReason: ended?.reason ?? 'lost',
    turnedAway,
    caller: ground.hashOf(bundle.from),
    category: bundle.category ?? null,
    sentimentStart: sentiments[0]?.sentiment ?? null,
    sentimentEnd: sentiments.at(-1)?.sentiment ?? null,
    resolution: resolutionOf(verdicts, ended?.resolved ?? null),
    solvedBy: null,
    contained: null,
    agents: [...new Set(bound.map(({ agent }) => agent))],
    handoffs: eventsOf(events, 'handoff-committed').map(({ from, to }) => ({ from, to })),
    handBacks: handBacksIn(events),
    abandonedInHandoff: isAbandonedInHandoff(events, bundle),
    askedAgain: eventsOf(events, 'asked-again').length,
    resumes: bundle.resumes,
    transfers,
    callbackAsked: bundle.callbacks.length > 0,
    tools: toolUses(events, bundle),
    ...usedBy(events, { ms: endedAt - startedAt, prices: ground.prices, wasTaken: turnedAway === null }),
    judgedBy: 'rules',
    revision: 0,
  };
  const solvedBy = isResolved(record) === true ? solverOf(verdicts) : null;
  return { ...record, contained: isContained(record), solvedBy };
};

const wasAccepted = ({ acceptedAt }: BundleTransfer): boolean => acceptedAt !== undefined;

const transferUse = (transfer: BundleTransfer): TransferUse => ({
  to: transfer.to,
  way: transfer.way,
  requestedAt: new Date(transfer.requestedAt).toISOString(),
  outcome: transfer.outcome ?? 'pending',
  wasAccepted: wasAccepted(transfer),
  talkMs: transfer.talkMs ?? null,
});

const isAbandonedInHandoff = (events: readonly ContextEvent[], { handoffs, ended }: ContextBundle): boolean =>
  ended?.reason === 'caller-hung-up' &&
  (handoffs.at(-1)?.outcome === 'pending' || eventsOf(events, 'handoff-failed').at(-1)?.why === 'caller-hung-up');

const toolUses = (events: readonly ContextEvent[], { toolCalls }: ContextBundle): readonly ToolUse[] => {
  const took = new Map(eventsOf(events, 'tool-returned').map(({ toolCallId, durationMs }) => [toolCallId, durationMs]));
  return toolCalls.slice(0, mostToolUses).map(({ name, agent, status, toolCallId }) => ({
    tool: name,
    agent,
    status,
    ms: took.get(toolCallId) ?? null,
  }));
};

const usedBy = (
  events: readonly ContextEvent[],
  { ms, prices, wasTaken }: { readonly ms: number; readonly prices: PriceTable; readonly wasTaken: boolean },
): Pick<CallRecord, 'tokens' | 'cost'> => {
  if (!wasTaken) return { tokens: null, cost: null };
  const usage = usageOfCall(events);
  const minutes = billedMinutes(ms);
  const { usd, asOf } = costOf({ usage, minutes: { inbound: minutes, mediaStream: minutes } }, prices);
  // A call without a word of what its models used was written by an older version: its cost is not known.
  if (usage.tokens.size === 0) return { tokens: null, cost: { usdMicros: null, asOf } };
  const tokens = [...usage.tokens.values()].reduce(sumTokens, noTokens);
  return { tokens: { ...tokens }, cost: { usdMicros: usd === null ? null : Math.round(usd * 1_000_000), asOf } };
};
