import type { Clock } from '../infra/clock.ts';
import type { Log } from '../infra/log.ts';
import type { JobEnd } from '../infra/queue/queue.ts';
import type { Part } from '../infra/shutdown.ts';
import { jobHandlers } from '../store/jobs.ts';
import type { Stores } from '../store/stores.ts';
import { CallRelay } from './call-relay.ts';
import type { Settings } from './config/settings.ts';
import type { GatewayMetrics } from './metrics.ts';
import { webhookWork } from './webhooks/work.ts';

export interface JobWorkSetup {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<GatewayMetrics, 'count'>;
  /** What a text model does, where there is one. */
  readonly by: Parameters<typeof jobHandlers>[1];
  /** Hears of every run of a job that is over here. */
  readonly watch: (end: JobEnd) => void;
}

/** What a process that works jobs consists of, in the gateway and in the job process. */
export const jobWork = ({ limits, prices, webhookAllow }: Settings, setup: JobWorkSetup): readonly Part[] => {
  const { stores, clock, log, metrics, by, watch } = setup;
  const relay = new CallRelay({
    contexts: stores.contexts,
    queue: stores.queue,
    clock,
    log,
    metrics,
    random: Math.random,
    longestCallMs: limits.maxMinutes * 60_000,
    remembersCallers: limits.callerDays > 0,
  });
  const webhooks = webhookWork({ allow: webhookAllow }, setup);
  const handlers = jobHandlers(stores, { prices: prices.table, ...webhooks, ...by });
  return [
    { name: 'jobs', start: () => stores.queue.work(handlers, watch) },
    { name: 'relay', start: () => relay.start(), drain: () => relay.stop(), stop: () => relay.stop() },
  ];
};

/** Puts runs of jobs into the figures. */
export const jobFigures =
  (metrics: Pick<GatewayMetrics, 'count' | 'observe'>) =>
  ({ name, outcome, durationMs }: JobEnd): void => {
    metrics.count('throughline_jobs_total', { name, outcome });
    if (durationMs !== undefined) metrics.observe('throughline_jobs_duration_seconds', durationMs / 1_000, { name });
  };
