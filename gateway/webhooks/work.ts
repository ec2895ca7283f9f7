import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { Log } from '../../infra/log.ts';
import type { CallRecord } from '../../store/calls/record.ts';
import type { WebhookNews } from '../../store/jobs.ts';
import type { Stores } from '../../store/stores.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { Deliveries } from './deliveries.ts';
import { queueAnalysed, queueEnded } from './events.ts';
import { Sender, type SenderOptions } from './sender.ts';

export interface WebhookGround {
  readonly stores: Pick<Stores, 'contexts' | 'calls' | 'webhooks' | 'deliveries' | 'queue'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly metrics: Pick<GatewayMetrics, 'count'>;
}

/** Where webhooks may go to. */
type Rules = Omit<SenderOptions, 'clock'>;

export const deliveriesOf = (rules: Rules, { stores, clock, log, metrics }: WebhookGround): Deliveries =>
  new Deliveries({ stores, sender: new Sender({ ...rules, clock }), clock, log, metrics });

/** What whoever works jobs does for webhooks. */
export interface WebhookWork {
  readonly deliver: (news: WebhookNews) => Promise<void>;
  readonly ended: (callId: CallId) => Promise<void>;
  readonly analysed: (record: CallRecord) => Promise<void>;
}

export const webhookWork = (rules: Rules, ground: WebhookGround): WebhookWork => ({
  deliver: deliveriesOf(rules, ground).deliver,
  ended: async (callId) => {
    const { stores } = ground;
    const endpoints = await stores.webhooks.list();
    if (endpoints.length === 0) return;
    const events = (await stores.contexts.load(callId))?.events ?? [];
    await queueEnded(stores.queue, endpoints, { callId, events });
  },
  analysed: async (record) => queueAnalysed(ground.stores.queue, await ground.stores.webhooks.list(), record),
});
