import type { CallId } from '../../infra/brand.ts';
import type { BundleTransfer, ContextBundle } from '../context/bundle.ts';
import { usageOfCall } from '../context/call-usage.ts';
import type { ContextEvent } from '../context/event.ts';
import { foldCall } from '../context/fold.ts';
import { noTokens, sumTokens } from '../context/usage.ts';
import { recordsOf } from '../handoffs/record-of.ts';
import { billedMinutes, costOf, type PriceTable } from '../prices.ts';
import { type CallRecord, isResolved, type ToolUse, type TransferUse } from './record.ts';
import type { CallerVerdict } from './verdict.ts';

/** What a record is made with, beside the call's log. */
export interface RecordGround {
  readonly prices: PriceTable;
  /** A caller's number as stores may know it; null: it stands for nobody. */
  readonly hashOf: (number: string) => string | null;
  /** What the caller said of their problem. */
  readonly callerSays: CallerVerdict;
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
    resolution: {
      agent: ended?.resolved ?? null,
      caller: ground.callerSays(bundle.messages),
      tool: provenIn(events, bundle),
      repeatedAt: null,
    },
    solvedBy: null,
    contained: containedOf(bundle, { turnedAway, transfers }),
    agents: [...new Set(bound.map(({ agent }) => agent))],
    handoffs: eventsOf(events, 'handoff-committed').map(({ from, to }) => ({ from, to })),
    handBacks: recordsOf(events, callId).filter(({ handedBack }) => handedBack === true).length,
    abandonedInHandoff: isAbandonedInHandoff(events, bundle),
    askedAgain: eventsOf(events, 'asked-again').length,
    resumes: bundle.resumes,
    transfers,
    callbackAsked: bundle.callbacks.length > 0,
    tools: toolUses(events, bundle),
    ...usedBy(events, { ms: endedAt - startedAt, prices: ground.prices, wasTaken: turnedAway === null }),
    judgedBy: 'rules',
  };
  return { ...record, solvedBy: isResolved(record) === true ? solverOf(events, bundle) : null };
};

/** The newest word of who can tell: a tool of the line, or the person who had the caller. */
const provenIn = (events: readonly ContextEvent[], { transfers }: ContextBundle): boolean | null => {
  const byTool = eventsOf(events, 'solution-verified').at(-1);
  const byPerson = transfers.findLast(({ verdict }) => verdict === 'solved' || verdict === 'not-solved');
  if (byPerson !== undefined && (byTool === undefined || (byPerson.endedAt ?? 0) >= byTool.at))
    return byPerson.verdict === 'solved';
  return byTool?.solved ?? null;
};

const wasAccepted = ({ acceptedAt }: BundleTransfer): boolean => acceptedAt !== undefined;

const transferUse = (transfer: BundleTransfer): TransferUse => ({
  to: transfer.to,
  way: transfer.way,
  outcome: transfer.outcome ?? 'pending',
  wasAccepted: wasAccepted(transfer),
  talkMs: transfer.talkMs ?? null,
});

/** A call that was given up goes to people, or ends without help: neither is contained. Of a lost one nobody can tell. */
const containedOf = (
  { ended, callbacks }: ContextBundle,
  { turnedAway, transfers }: Pick<CallRecord, 'turnedAway' | 'transfers'>,
): boolean | null => {
  if (turnedAway !== null) return null;
  if (transfers.some((transfer) => transfer.wasAccepted) || callbacks.length > 0 || ended?.reason === 'failed') return false;
  return ended === undefined ? null : true;
};

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

/** Who had the caller when the word fell that decides: a person's, else a tool's, else the caller's last. */
const solverOf = (events: readonly ContextEvent[], { transfers, messages, agent }: ContextBundle): string => {
  const person = transfers.findLast(({ verdict }) => verdict === 'solved');
  if (person !== undefined) return person.to;
  const tool = eventsOf(events, 'solution-verified').at(-1);
  if (tool?.solved === true) return tool.agent;
  return messages.findLast(({ role }) => role === 'user')?.agent ?? agent;
};
