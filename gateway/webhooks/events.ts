import { type CallId, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import type { JobQueue } from '../../infra/queue/queue.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { type CallJob, deliverWebhookJob } from '../../store/jobs.ts';
import type { WebhookEndpoints } from '../../store/webhooks/endpoints.ts';
import type { WebhookEndpoint, WebhookType } from '../../store/webhooks/types.ts';
import { Outbox } from '../call/outbox.ts';
import { webhookTypeOf } from './payload.ts';

export interface WebhookEventsOptions {
  readonly endpoints: Pick<WebhookEndpoints, 'list'>;
  readonly queue: Pick<JobQueue, 'add'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** 0 to 1. */
  readonly random: () => number;
}

const lookEveryMs = 10_000;
/** How long a start waits to learn who wants to be told. */
const firstLookMs = 1_000;
/** Behind the call: its events are stored by then, as a rule, and those of one moment go together. */
const behindMs = 250;
/** Each tries again behind the others. What has no room, or is lost with the process, is told when the call is analysed. */
const mostHeld = 10_000;

const wants = (endpoint: WebhookEndpoint, type: WebhookType): boolean => endpoint.enabled && endpoint.events.includes(type);

/** Makes jobs of what endpoints want to be told. It hears every event of every call, and only remembers in that moment. */
export class WebhookEvents {
  readonly #options: WebhookEventsOptions;
  readonly #outbox: Outbox;
  #endpoints: readonly WebhookEndpoint[] = [];
  /** Looks that began before this one are out of date. */
  #looks = 0;
  #isReachable = true;
  #cancelLook: Cancel = () => {};
  #held: CallJob[] = [];
  #cancelPut: Cancel | undefined;
  #stopped = false;

  constructor(options: WebhookEventsOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options);
  }

  /** Resolves when endpoints are known, or after a second without. */
  async start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(ms(firstLookMs), resolve);
    void this.look().then(resolve);
    await promise;
    cancel();
  }

  /** Gives what is left to the queue, within four seconds. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelLook();
    this.#put();
    await this.#outbox.stop();
  }

  onEvent = (callId: CallId, event: ContextEvent): void => {
    if (this.#endpoints.length === 0) return;
    const type = webhookTypeOf(event);
    if (type === undefined) return;
    for (const endpoint of this.#endpoints) {
      if (!wants(endpoint, type) || this.#held.length >= mostHeld) continue;
      this.#held.push(deliverWebhookJob({ callId, seq: event.seq, endpoint: endpoint.id, isAnalysis: false }));
      this.#cancelPut ??= this.#options.clock.after(ms(behindMs), () => this.#put());
    }
  };

  /** Looks now, and every ten seconds from then on. Never rejects. */
  async look(): Promise<void> {
    this.#cancelLook();
    this.#looks += 1;
    const look = this.#looks;
    try {
      const endpoints = await this.#options.endpoints.list();
      this.#isReachable = true;
      if (look === this.#looks) this.#endpoints = endpoints;
    } catch (error) {
      this.#lost(error);
    }
    if (this.#stopped || look !== this.#looks) return;
    this.#cancelLook = this.#options.clock.after(ms(lookEveryMs), () => void this.look());
  }

  #put(): void {
    this.#cancelPut?.();
    this.#cancelPut = undefined;
    if (this.#held.length === 0) return;
    this.#outbox.put(this.#held);
    this.#held = [];
  }

  /** Said once for each time that the store is away. */
  #lost(error: unknown): void {
    if (!this.#isReachable) return;
    this.#isReachable = false;
    this.#options.log.warn(
      { error: messageOf(error) },
      'webhook endpoints could not be looked up; those that are known are told, the others when it can',
    );
  }
}

/** A call that is over. `events`: its log. */
export interface EndedLog {
  readonly callId: CallId;
  readonly events: readonly ContextEvent[];
}

/**
 * Queues once more all that the log of a call has to tell, for the process that heard it may be dead. Equal keys are one job, so what was told
 * is not told again.
 */
export const queueEnded = async (
  queue: Pick<JobQueue, 'add'>,
  endpoints: readonly WebhookEndpoint[],
  call: EndedLog,
): Promise<void> => {
  const jobs = endpoints.flatMap((endpoint) => jobsFor(endpoint, call));
  await Promise.all(jobs.map((job) => queue.add(job)));
};

/** Queues what a record tells. Each revision is a job of its own. */
export const queueAnalysed = async (
  queue: Pick<JobQueue, 'add'>,
  endpoints: readonly WebhookEndpoint[],
  { callId, revision }: Pick<CallRecord, 'callId' | 'revision'>,
): Promise<void> => {
  const told = endpoints.filter((endpoint) => wants(endpoint, 'call.analysed'));
  const jobs = told.map(({ id }) => deliverWebhookJob({ callId, seq: revision, endpoint: id, isAnalysis: true }));
  await Promise.all(jobs.map((job) => queue.add(job)));
};

const jobsFor = (endpoint: WebhookEndpoint, { callId, events }: EndedLog): readonly CallJob[] => {
  const since = Date.parse(endpoint.since);
  const told = events.filter((event) => {
    const type = webhookTypeOf(event);
    return type !== undefined && wants(endpoint, type) && event.at >= since;
  });
  return told.map(({ seq }) => deliverWebhookJob({ callId, seq, endpoint: endpoint.id, isAnalysis: false }));
};
