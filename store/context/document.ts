import type { CallId, WallTime } from '../../infra/brand.ts';
import type { BundleHandoff, BundleToolCall, BundleTransfer, ContextBundle } from './bundle.ts';
import type { AttemptOutcome, FactSource, HandoffTrigger, Json, ToolStatus } from './event.ts';

export interface DocumentMessage {
  readonly role: 'user' | 'assistant' | 'tool';
  /** Empty when the caller spoke and no transcript came; for `tool`, the result as JSON text. */
  readonly content: string;
  readonly timestamp: string;
  readonly agent: string;
  /** Assistant only: what the caller heard of it. */
  readonly heard?: string;
}

export interface DocumentHandoff {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly trigger: HandoffTrigger;
  readonly outcome: 'pending' | 'committed' | 'failed';
  readonly requestedAt: string;
  readonly committedAt: string | null;
}

/**
 * The bundle as it leaves the house. Every key is always there; what is not known is null, except in `userState`, which has
 * only what is known. Times are ISO 8601, UTC.
 */
export interface BundleDocument {
  readonly schema: 1;
  readonly callId: CallId;
  readonly version: number;
  readonly messages: readonly DocumentMessage[];
  /** `unknown` also stands for a tool that still runs. */
  readonly toolCalls: readonly {
    readonly name: string;
    readonly arguments: Json;
    readonly result: Json;
    readonly timestamp: string;
    readonly agent: string;
    readonly status: ToolStatus;
  }[];
  readonly userState: Readonly<Record<string, Json>>;
  readonly agentState: {
    readonly attemptedSolutions: readonly { readonly solution: string; readonly outcome: AttemptOutcome }[];
    readonly outcome: string | null;
  };
  /** Of the last handoff that didn't fail; `handoffAt` is its commit or, while it is under way, its request. */
  readonly handoffReason: string | null;
  readonly handoffAt: string | null;
  readonly fromAgent: string | null;
  readonly toAgent: string | null;
  readonly handoffs: readonly DocumentHandoff[];
  readonly facts: readonly {
    readonly key: string;
    readonly value: Json;
    readonly source: FactSource;
    readonly verified: boolean;
    readonly timestamp: string;
  }[];
}

/** Renders a bundle for the API, a handoff or a person's screen. Pure. */
export const bundleDocument = (bundle: ContextBundle): BundleDocument => {
  const handoffs = handoffsOf(bundle);
  const handoff = handoffs.findLast(({ outcome }) => outcome !== 'failed');
  return {
    schema: 1,
    callId: bundle.callId,
    version: bundle.version,
    messages: documentMessages(bundle),
    toolCalls: bundle.toolCalls.map((call) => ({
      name: call.name,
      arguments: call.arguments,
      result: call.result,
      timestamp: iso(call.at),
      agent: call.agent,
      status: call.status === 'running' ? 'unknown' : call.status,
    })),
    userState: userState(bundle),
    agentState: { attemptedSolutions: bundle.attempts, outcome: outcomeInWords(bundle, handoff) },
    handoffReason: handoff?.reason ?? null,
    handoffAt: handoff === undefined ? null : iso(handoff.committedAt ?? handoff.requestedAt),
    fromAgent: handoff?.from ?? null,
    toAgent: handoff?.to ?? null,
    handoffs: handoffs.map(documentHandoff),
    facts: bundle.facts.map(({ key, value, source, verified, at }) => ({
      key,
      value,
      source,
      verified,
      timestamp: iso(at),
    })),
  };
};

const iso = (at: WallTime): string => new Date(at).toISOString();

/** What was said, with each tool's result at the time at which the tool was called. */
const documentMessages = (bundle: ContextBundle): readonly DocumentMessage[] => {
  const said = bundle.messages.map(({ role, content, at, agent, heard }) => ({
    at,
    message: { role, content: content ?? '', timestamp: iso(at), agent, ...(heard === undefined ? {} : { heard }) },
  }));
  const returned = bundle.toolCalls.filter(({ status }) => status !== 'running').map(toolMessage);
  return [...said, ...returned].sort((one, other) => one.at - other.at).map(({ message }) => message);
};

const toolMessage = ({ at, result, agent }: BundleToolCall): { at: WallTime; message: DocumentMessage } => ({
  at,
  message: { role: 'tool', content: JSON.stringify(result), timestamp: iso(at), agent },
});

const userState = ({ facts, category, sentiment }: ContextBundle): Readonly<Record<string, Json>> => ({
  // fromEntries defines own properties, so a fact named __proto__ is only a key.
  ...Object.fromEntries(facts.map(({ key, value }) => [key, value])),
  ...(category === undefined ? {} : { issueCategory: category }),
  ...(sentiment === undefined ? {} : { sentiment }),
});

type Passed = Pick<BundleHandoff, 'from' | 'to' | 'reason' | 'trigger' | 'requestedAt' | 'outcome' | 'committedAt'>;

/** A person is a specialist, too: who gets the caller by telephone stands among the handoffs. */
const handoffsOf = ({ handoffs, transfers }: ContextBundle): readonly Passed[] =>
  [...handoffs, ...transfers.map(asHandoff)].sort((one, other) => one.requestedAt - other.requestedAt);

const asHandoff = ({ from, to, reason, trigger, requestedAt, state, acceptedAt, outcome }: BundleTransfer): Passed => ({
  from,
  to,
  reason,
  trigger,
  requestedAt,
  outcome: state === 'pending' ? 'pending' : state === 'failed' ? 'failed' : 'committed',
  ...(state === 'failed' || (acceptedAt ?? outcome) === undefined ? {} : { committedAt: acceptedAt ?? requestedAt }),
});

const outcomeInWords = ({ ended }: ContextBundle, handoff: Passed | undefined): string | null => {
  if (ended?.resolved === true) return 'Resolved';
  if (ended?.resolved === false) return 'Not resolved';
  return handoff === undefined ? null : `Requires ${handoff.to} specialist`;
};

const documentHandoff = (handoff: Passed): DocumentHandoff => ({
  from: handoff.from,
  to: handoff.to,
  reason: handoff.reason,
  trigger: handoff.trigger,
  outcome: handoff.outcome,
  requestedAt: iso(handoff.requestedAt),
  committedAt: handoff.committedAt === undefined ? null : iso(handoff.committedAt),
});
