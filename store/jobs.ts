import { type CallId, epoch, parseCallId, type Term, term } from '../infra/brand.ts';
import { ThroughlineError } from '../infra/errors.ts';
import type { Job, JobData, JobHandler } from '../infra/queue/queue.ts';
import type { CallerMemory } from './caller-memory.ts';
import type { ContextStore } from './context-store.ts';
import { completeHandoffs, recordByRules } from './handoffs/complete.ts';
import type { JudgeHandoff } from './handoffs/judgement.ts';
import type { HandoffLog } from './handoffs/log.ts';
import { type HandoffKey, recordOf } from './handoffs/record-of.ts';
import { type PrivacyStores, privacyHandlers, privacyJobNames } from './privacy-jobs.ts';
import { rememberCall } from './remember-call.ts';
import type { SummaryStore } from './summaries.ts';
import { type Summarise, summariseCall } from './summarise-call.ts';

/** The jobs that exist. */
export const jobNames = [
  'record-handoff',
  'complete-handoffs',
  'summarise-call',
  'remember-caller',
  ...privacyJobNames,
] as const;
export type JobName = (typeof jobNames)[number];

/** Writes the record of one handoff. Add it when the handoff was committed or failed. */
export const recordHandoffJob = ({ callId, term, epoch }: HandoffKey): Job & { readonly name: JobName } => ({
  name: 'record-handoff',
  data: { callId, term, epoch },
  key: `${callId}-${term}-${epoch}`,
});

/** Writes the records of all handoffs of a call once more, with what became of them. Add it when the call is over. */
export const completeHandoffsJob = (callId: CallId, ofTerm: Term): Job & { readonly name: JobName } => ({
  name: 'complete-handoffs',
  data: { callId },
  key: `${callId}-${ofTerm}-end`,
});

/** Brings the summary of a call that goes on up to date. `messages`: how many it has, which tells one job from the next. */
export const summariseJob = (callId: CallId, messages: number): Job & { readonly name: JobName } => ({
  name: 'summarise-call',
  data: { callId },
  key: `${callId}-s${messages}`,
});

/** Remembers a call that is over for the next one of the same number. */
export const rememberCallerJob = (callId: CallId, ofTerm: Term): Job & { readonly name: JobName } => ({
  name: 'remember-caller',
  data: { callId },
  key: `${callId}-${ofTerm}-caller`,
});

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

/** A process without a text model leaves these jobs to one that has it. */
const summaryHandler = (
  stores: { readonly contexts: ContextStore; readonly summaries: SummaryStore },
  summarise: Summarise | undefined,
): { readonly 'summarise-call'?: JobHandler } =>
  summarise === undefined ? {} : { 'summarise-call': async (data) => summariseCall(stores, summarise, callIdOf(data)) };

/** What does the jobs, in the gateway on SQLite and in `gateway/worker.ts` on Redis. Each can run twice without harm. */
export const jobHandlers = (
  stores: PrivacyStores & {
    readonly contexts: ContextStore;
    readonly handoffs: HandoffLog;
    readonly summaries: SummaryStore;
    readonly callers: CallerMemory;
  },
  /** What a text model does, where there is one. */
  by: { readonly summarise?: Summarise; readonly judge?: JudgeHandoff } = {},
): Readonly<Record<Exclude<JobName, 'summarise-call'>, JobHandler>> & { readonly 'summarise-call'?: JobHandler } => ({
  'remember-caller': async (data) => rememberCall(stores, callIdOf(data)),
  ...summaryHandler(stores, by.summarise),
  ...privacyHandlers(stores),
  'record-handoff': async (data) => {
    const key = handoffKeyOf(data);
    const call = await stores.contexts.load(key.callId);
    if (call?.erased !== undefined) return;
    const record = call && recordOf(call.events, key);
    // The call's events are stored behind its speech, so the job can be here first: it is tried again.
    if (record === undefined)
      throw new ThroughlineError('handoff-undecided', 'The call does not tell yet how this handoff ended.', {
        facts: { ...key },
      });
    // It may come again after the end of the call.
    await recordByRules(stores.handoffs, record);
  },
  'complete-handoffs': async (data) => completeHandoffs(stores, callIdOf(data), by.judge),
});
