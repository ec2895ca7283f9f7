import { type CallId, epoch, parseCallId, type Term, term } from '../infra/brand.ts';
import { ThroughlineError } from '../infra/errors.ts';
import type { Job, JobData, JobHandler } from '../infra/queue/queue.ts';
import type { CallerHasher } from './caller-hash.ts';
import { type CallerMemory, isOneCaller } from './caller-memory.ts';
import { analyseEnded, type EndedCallWork } from './calls/analyse-ended.ts';
import type { CallLog } from './calls/call-log.ts';
import { callerVerdicts } from './calls/confirmation.ts';
import type { RecordGround } from './calls/record-of.ts';
import type { ContextBundle } from './context/bundle.ts';
import type { ContextStore } from './context-store.ts';
import type { Tallies } from './figures/tallies.ts';
import { completeHandoffs, recordByRules } from './handoffs/complete.ts';
import type { JudgeHandoff } from './handoffs/judgement.ts';
import type { HandoffArchive, HandoffLog } from './handoffs/log.ts';
import { type HandoffKey, recordOf } from './handoffs/record-of.ts';
import { knownPrices } from './price-table.ts';
import type { PriceTable } from './prices.ts';
import { type PrivacyStores, privacyHandlers, privacyJobNames } from './privacy-jobs.ts';
import { rememberCall } from './remember-call.ts';
import type { SummaryStore } from './summaries.ts';
import { type Summarise, summariseCall } from './summarise-call.ts';
import { isErased } from './unless-erased.ts';

/** The jobs that exist. */
export const jobNames = [
  'record-handoff',
  'complete-handoffs',
  'summarise-call',
  'remember-caller',
  'analyse-call',
  ...privacyJobNames,
  'deliver-webhook',
] as const;
export type JobName = (typeof jobNames)[number];
/** Those that not every process can do. */
type OptionalJob = 'summarise-call' | 'deliver-webhook';
export type CallJob = Job & { readonly name: JobName };

/** Writes the record of one handoff. Add it when the handoff was committed or failed. */
export const recordHandoffJob = ({ callId, term, epoch }: HandoffKey): CallJob => ({
  name: 'record-handoff',
  data: { callId, term, epoch },
  key: `${callId}-${term}-${epoch}`,
});

/** Brings the summary of a call that goes on up to date. `messages`: how many it has, which tells one job from the next. */
export const summariseJob = (callId: CallId, messages: number): CallJob => ({
  name: 'summarise-call',
  data: { callId },
  key: `${callId}-s${messages}`,
});

/** Of what an endpoint is told: the event of a call's log with that number, or that revision of its record. */
export interface WebhookNews {
  readonly callId: CallId;
  readonly seq: number;
  readonly endpoint: string;
  readonly isAnalysis: boolean;
}

/** How many of a name a process does at a time, where it is not the usual number: these wait for somebody else's server. */
export const jobsAtOnce: Readonly<Partial<Record<JobName, number>>> = { 'deliver-webhook': 16 };

/** Tells one endpoint. Whoever is away for half a day is told afterwards: the sixteenth try comes 12 to 23 hours after the first. */
export const deliverWebhookJob = ({ callId, seq, endpoint, isAnalysis }: WebhookNews): CallJob => ({
  name: 'deliver-webhook',
  data: { callId, seq, endpoint, ...(isAnalysis ? { isAnalysis } : {}) },
  key: `${callId}-${isAnalysis ? 'a' : ''}${seq}-${endpoint}`,
  attempts: 16,
  backoffMs: 5_000,
});

/** What the end of a call is told by. */
export type EndedCall = Pick<ContextBundle, 'callId' | 'version' | 'from' | 'handoffs' | 'refusedHandoffs' | 'ended'>;

/**
 * What is to be done when a call is over: the records of its handoffs once more, with what became of them; its caller is remembered, if callers
 * are (`remembers`); and it is analysed. Whoever finds that a call is over adds all of these: equal keys are one job, and a log that has grown
 * since is analysed again.
 */
export const jobsOfEnd = (
  { callId, version, from, handoffs, refusedHandoffs, ended }: EndedCall,
  { term: ofTerm, remembers }: { readonly term: Term; readonly remembers: boolean },
): readonly CallJob[] => {
  const job = (name: JobName, key: string): CallJob => ({ name, data: { callId }, key: `${callId}-${ofTerm}-${key}` });
  const wasHere = ended?.reason !== 'turned-away';
  return [
    ...(handoffs.length + refusedHandoffs > 0 ? [job('complete-handoffs', 'end')] : []),
    ...(remembers && wasHere && isOneCaller(from) ? [job('remember-caller', 'caller')] : []),
    job('analyse-call', `${version}-analyse`),
  ];
};

const callIdOf = (data: JobData): CallId => {
  const callId = parseCallId(String(data['callId']));
  if (callId !== undefined) return callId;
  throw new ThroughlineError('job-data-invalid', 'A job names no call; it needs callId.');
};

const handoffKeyOf = (data: JobData): HandoffKey => {
  const callId = parseCallId(String(data['callId']));
  if (callId !== undefined && typeof data['term'] === 'number' && typeof data['epoch'] === 'number')
    return { callId, term: term(data['term']), epoch: epoch(data['epoch']) };
  throw new ThroughlineError('job-data-invalid', 'A record-handoff job names no handoff; it needs callId, term and epoch.');
};

const newsOf = (data: JobData): WebhookNews => {
  const { seq, endpoint, isAnalysis } = data;
  if (typeof seq === 'number' && typeof endpoint === 'string')
    return { callId: callIdOf(data), seq, endpoint, isAnalysis: isAnalysis === true };
  throw new ThroughlineError('job-data-invalid', 'A deliver-webhook job needs callId, seq and endpoint.');
};

const webhookHandler = (
  deliver: ((news: WebhookNews) => Promise<void>) | undefined,
): { readonly 'deliver-webhook'?: JobHandler } =>
  deliver === undefined ? {} : { 'deliver-webhook': async (data) => deliver(newsOf(data)) };

/** A process without a text model leaves these jobs to one that has it. */
const summaryHandler = (
  stores: { readonly contexts: ContextStore; readonly summaries: SummaryStore },
  summarise: Summarise | undefined,
): { readonly 'summarise-call'?: JobHandler } =>
  summarise === undefined ? {} : { 'summarise-call': async (data) => summariseCall(stores, summarise, callIdOf(data)) };

const recordGround = async (hasher: CallerHasher, prices: PriceTable): Promise<RecordGround> => {
  const hash = await hasher();
  return { prices, hashOf: (number) => (isOneCaller(number) ? hash(number) : null), callerSays: callerVerdicts };
};

/** What does the jobs, in the gateway on SQLite and in `gateway/worker.ts` on Redis. Each can run twice without harm. */
export const jobHandlers = (
  stores: PrivacyStores & {
    readonly contexts: ContextStore;
    readonly handoffs: HandoffLog & Pick<HandoffArchive, 'erase'>;
    readonly summaries: SummaryStore;
    readonly callers: CallerMemory;
    readonly callerHasher: CallerHasher;
    readonly calls: CallLog;
    readonly tallies: Pick<Tallies, 'put'>;
  },
  /** What a text model does, where there is one; prices, if not those that come with us; and who tells webhooks. */
  by: EndedCallWork & {
    readonly summarise?: Summarise;
    readonly judge?: JudgeHandoff;
    readonly prices?: PriceTable;
    readonly deliver?: (news: WebhookNews) => Promise<void>;
  } = {},
): Readonly<Record<Exclude<JobName, OptionalJob>, JobHandler>> & Partial<Record<OptionalJob, JobHandler>> => ({
  'remember-caller': async (data) => rememberCall(stores, callIdOf(data)),
  ...summaryHandler(stores, by.summarise),
  ...privacyHandlers(stores),
  ...webhookHandler(by.deliver),
  'record-handoff': async (data) => {
    const key = handoffKeyOf(data);
    const call = await stores.contexts.load(key.callId);
    if (isErased(call)) return await stores.handoffs.erase([key.callId]);
    if (call?.erased !== undefined) return;
    const record = call && recordOf(call.events, key);
    // The call's events are stored behind its speech, so the job can be here first: it is tried again.
    if (record === undefined)
      throw new ThroughlineError('handoff-undecided', 'The call does not tell yet how this handoff ended.', {
        facts: { ...key },
      });
    // It may come again after the end of the call.
    await recordByRules(stores, key.callId, [record]);
  },
  'complete-handoffs': async (data) => completeHandoffs(stores, callIdOf(data), by.judge),
  'analyse-call': async (data) => {
    const ground = await recordGround(stores.callerHasher, by.prices ?? knownPrices);
    await analyseEnded(stores, callIdOf(data), { ...by, ground });
  },
});
