import type { CallId, Epoch, Term, WallTime } from '../../infra/brand.ts';
import type {
  AttemptOutcome,
  FactSource,
  HandoffTrigger,
  Json,
  PaymentOutcome,
  PersonsVerdict,
  ToolEffect,
  ToolStatus,
  TransferEnding,
  TransferFailure,
  TransferWay,
} from './event.ts';

export interface BundleMessage {
  readonly role: 'user' | 'assistant';
  /** The turn or item this came from; unique in the call. */
  readonly id: string;
  /** Null: the caller spoke and no transcript came. */
  readonly content: string | null;
  readonly at: WallTime;
  /** Who was bound; for the caller's words, who they were said to. */
  readonly agent: string;
  /** Assistant only: what the caller heard of it, and for how long. */
  readonly heard?: string;
  readonly heardMs?: number;
}

export interface BundleToolCall {
  readonly toolCallId: string;
  readonly name: string;
  readonly arguments: Json;
  readonly effect: ToolEffect;
  readonly agent: string;
  readonly at: WallTime;
  /** `running` until the result is known. */
  readonly status: ToolStatus | 'running';
  readonly result: Json;
}

export interface BundleFact {
  readonly key: string;
  readonly value: Json;
  readonly source: FactSource;
  readonly verified: boolean;
  readonly at: WallTime;
}

export interface BundleHandoff {
  readonly epoch: Epoch;
  /** In which it was requested. */
  readonly term: Term;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly trigger: HandoffTrigger;
  readonly requestedAt: WallTime;
  readonly outcome: 'pending' | 'committed' | 'failed';
  readonly committedAt?: WallTime;
}

/** A caller on the way to a person, with them, or back. */
export interface BundleTransfer {
  readonly transfer: string;
  readonly from: string;
  readonly to: string;
  readonly way: TransferWay;
  readonly reason: string;
  readonly trigger: HandoffTrigger;
  readonly requestedAt: WallTime;
  /** `failed` and `ended` are final; `accepted`: the person has the caller, or is about to. */
  readonly state: 'pending' | 'accepted' | 'failed' | 'ended';
  readonly acceptedAt?: WallTime;
  readonly endedAt?: WallTime;
  readonly outcome?: TransferFailure | TransferEnding;
  readonly talkMs?: number;
  /** What the person wrote and found. */
  readonly notes?: string | null;
  readonly verdict?: PersonsVerdict | null;
}

/** A payment by card, which the caller makes at the carrier. */
export interface BundlePayment {
  readonly payment: string;
  readonly agent: string;
  readonly tool: string;
  readonly toolCallId: string;
  readonly amount: string;
  readonly currency: string;
  readonly description: string | null;
  readonly connector: string | null;
  readonly startedAt: WallTime;
  /** `pending`: the caller has not left us yet. `handed-over`: the carrier asks for the card, or has. */
  readonly state: 'pending' | 'handed-over' | 'ended';
  /** Whether it was handed over. */
  readonly wasHandedOver: boolean;
  readonly endedAt?: WallTime;
  readonly outcome?: PaymentOutcome;
  readonly confirmation?: string | null;
  readonly cardType?: string | null;
  readonly error?: string | null;
}

/** Losses of owners that still count against a call. */
interface CountedLosses {
  readonly count: number;
  /** When the call was taken up after the newest. */
  readonly takenUpAt: WallTime;
}

/** How a call is over. */
export interface BundleEnd {
  readonly reason: string;
  readonly resolved: boolean | null;
  /** The goodbye is not said yet. */
  readonly owesGoodbye: boolean;
  readonly at: WallTime;
}

/** The fold of a call's context events: all that is known of a call. Immutable. */
export interface ContextBundle {
  readonly callId: CallId;
  /** `seq` of the last folded event; 0 for an empty bundle. */
  readonly version: number;
  readonly startedAt: WallTime | undefined;
  readonly from: string;
  readonly to: string;
  readonly line: string;
  /** The agent bound last; empty before the first bind. */
  readonly agent: string;
  /** How often a call was taken up (cause `resume`) after its owner was lost; streams that ended in order don't count. */
  readonly resumes: number;
  /** Whether the last owner left in order. */
  readonly leftInOrder: boolean;
  /** Why it did, as it wrote that down; undefined: it did not leave in order. */
  readonly leftAs: string | undefined;
  /** Whether it was going itself, and another should go on unheard; `owing`: the agent owed the caller words then. */
  readonly moved: 'quiet' | 'owing' | undefined;
  /** Losses of owners that count, as of the last bind; undefined: none. */
  readonly losses: CountedLosses | undefined;
  /** The newest time of anything that happened. */
  readonly lastAt: WallTime | undefined;
  /** In the order in which speech started. */
  readonly messages: readonly BundleMessage[];
  readonly toolCalls: readonly BundleToolCall[];
  /** The newest value per key, in order of first mention. */
  readonly facts: readonly BundleFact[];
  readonly attempts: readonly { readonly solution: string; readonly outcome: AttemptOutcome }[];
  readonly sentiment: string | undefined;
  readonly category: string | undefined;
  readonly handoffs: readonly BundleHandoff[];
  readonly refusedHandoffs: number;
  /** To people, in the order of the requests. */
  readonly transfers: readonly BundleTransfer[];
  /** By card, in the order in which they were started. */
  readonly payments: readonly BundlePayment[];
  readonly callbacks: readonly {
    readonly number: string;
    readonly when: string;
    readonly reason: string;
    readonly at: WallTime;
  }[];
  readonly ended: BundleEnd | undefined;
}

/** A call of which nothing is known yet. */
export const emptyBundle = (callId: CallId): ContextBundle => ({
  callId,
  version: 0,
  startedAt: undefined,
  from: '',
  to: '',
  line: '',
  agent: '',
  resumes: 0,
  leftInOrder: false,
  leftAs: undefined,
  moved: undefined,
  losses: undefined,
  lastAt: undefined,
  messages: [],
  toolCalls: [],
  facts: [],
  attempts: [],
  sentiment: undefined,
  category: undefined,
  handoffs: [],
  refusedHandoffs: 0,
  transfers: [],
  payments: [],
  callbacks: [],
  ended: undefined,
});
