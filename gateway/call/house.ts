import type { LineDefinition } from '../../agents/definition.ts';
import type { CountTokens } from '../../agents/handoff/count-tokens.ts';
import type { RouteRule } from '../../agents/handoff/rules.ts';
import type { OpenSession } from '../../agents/session.ts';
import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Log } from '../../infra/log.ts';
import type { JobQueue } from '../../infra/queue/queue.ts';
import type { CallerMemory } from '../../store/caller-memory.ts';
import type { Clip } from '../../store/clips.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { ContextStore } from '../../store/context-store.ts';
import type { IntakeStore } from '../../store/intakes.ts';
import type { SummaryStore } from '../../store/summaries.ts';
import type { TransferRef, Transfers } from '../../store/transfers.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { Backlog } from './backlog.ts';
import type { Outbox } from './outbox.ts';
import type { CarrierOrders } from './ports.ts';
import type { Recordings } from './recording-port.ts';

/** All that calls need from the house. */
export interface CallHouse {
  readonly line: LineDefinition;
  readonly openSession: OpenSession;
  /** Who sessions are, and who writes the caller's words down, by name. */
  readonly models: { readonly realtime: string; readonly transcription: string };
  readonly store: ContextStore;
  /** What of all calls waits for the store; undefined: nothing bounds it. */
  readonly backlog?: Backlog;
  readonly queue: Pick<JobQueue, 'add'>;
  /** The way to the queue for jobs that must not be lost. */
  readonly outbox: Outbox;
  /** Summaries of long calls; undefined when nobody makes them. */
  readonly summaries?: Pick<SummaryStore, 'get'>;
  /** Earlier calls of callers; undefined when they are not remembered. */
  readonly callers?: Pick<CallerMemory, 'remember' | 'recall'>;
  /** Suggestions that were accepted, as far as this process knows; undefined: nobody can accept any. */
  readonly rules?: { readonly current: readonly RouteRule[] };
  /** To the page of the person who takes a caller over. */
  readonly screenLink: (ref: TransferRef) => string;
  /** Transfers to people, as all processes see them. */
  readonly transfers: Transfers;
  /** What IVRs announced; undefined when nothing can be announced. */
  readonly intakes?: Pick<IntakeStore, 'find'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<GatewayMetrics, 'count' | 'gauge' | 'observe'>;
  readonly countTokens: CountTokens;
  /** 0 to 1: spreads what would otherwise happen to many calls at once. */
  readonly random: () => number;
  /** Bytes of mu-law that go to a model at a time: 160 while the node is calm, up to 800. */
  readonly appendBytes: () => number;
  /** Greetings that are spoken as soon as a call is answered, by agent. */
  readonly greetings: ReadonlyMap<string, Clip>;
  /** Silence after which the caller is asked whether they are there, in ms. */
  readonly idleMs: number;
  /** The longest call, in ms. */
  readonly maxMs: number;
  /** How long the caller must speak to cut the agent off; 0: at once. */
  readonly bargeInMs: number;
  /** Whether a key cuts the agent off. */
  readonly keyBargeIn: boolean;
  /** Names this process as an owner of calls. */
  readonly owner: string;
  /** Whether such an owner is there, as far as this process sees; `undefined`: it does not know. */
  readonly isThere?: (owner: string) => boolean | undefined;
  /** Which calls this process has, for those who would have to take them up. */
  readonly roll?: { has(callId: CallId): void; lets(callId: CallId): void };
  /** Keeps recordings of calls; undefined: none are made. */
  readonly recordings?: Recordings | undefined;
  /** Without it a call ends by closing its stream and answering the carrier's question. */
  readonly orders?: CarrierOrders | undefined;
  /** Hears of every context event of every call, in order. For whoever watches; must not block. */
  readonly onEvent?: (callId: CallId, event: ContextEvent) => void;
}
