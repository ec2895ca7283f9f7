import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import { type Thinned, thinned } from '../../infra/thinned.ts';
import type { WebhookNews } from '../../store/jobs.ts';
import type { Stores } from '../../store/stores.ts';
import type { WebhookEndpoint } from '../../store/webhooks/types.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { Gate } from './gate.ts';
import { analysedPayload, type Payload, payloadOf } from './payload.ts';
import type { Letter, Sender, Tried } from './sender.ts';

export interface DeliveriesOptions {
  readonly stores: Pick<Stores, 'contexts' | 'calls' | 'webhooks' | 'deliveries'>;
  readonly sender: Pick<Sender, 'send'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly metrics: Pick<GatewayMetrics, 'count'>;
}

/** A process does four times as many jobs of this kind at once: an endpoint that hangs leaves most of them to the others. */
const mostAtOnce = 4;

/** Does the jobs that tell endpoints: finds out what is to be told, sends it, and writes down what came of it. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #gate: Gate;
  readonly #thin: Thinned;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#gate = new Gate({ most: mostAtOnce, clock: options.clock });
    this.#thin = thinned(options.clock, ms(60_000));
  }

  /** Rejects when it is to be tried again, with `JobNotYet` while the endpoint has enough at once. What nobody wants any more is done. */
  deliver = (news: WebhookNews): Promise<void> => this.#gate.enter(news.endpoint, () => this.#deliver(news));

  async #deliver(news: WebhookNews): Promise<void> {
    const endpoint = await this.#endpoint(news.endpoint);
    if (endpoint === undefined) return;
    const payload = await this.#payload(news);
    if (payload === undefined || !endpoint.events.some((type) => type === payload.type)) return;
    const id = `${news.callId}-${news.isAnalysis ? 'a' : ''}${news.seq}`;
    const tried = await this.send(endpoint, { id, payload });
    if (tried.outcome === 'delivered' || tried.outcome === 'gone') return;
    throw new ThroughlineError('webhook-not-delivered', `Webhook ${endpoint.id}: ${tried.error ?? tried.outcome}.`, {
      facts: { host: new URL(endpoint.url).host, callId: news.callId, seq: news.seq },
    });
  }

  /** Sends at once, and writes down what came of it. Never rejects. */
  async send(endpoint: WebhookEndpoint, letter: Letter): Promise<Tried> {
    const tried = await this.#options.sender.send(endpoint, letter);
    this.#options.metrics.count('throughline_webhook_deliveries_total', { outcome: tried.outcome });
    if (tried.outcome === 'gone') await this.#turnOff(endpoint);
    await this.#writeDown(endpoint, letter, tried);
    return tried;
  }

  async #endpoint(id: string): Promise<WebhookEndpoint | undefined> {
    const endpoints = await this.#options.stores.webhooks.list();
    return endpoints.find((endpoint) => endpoint.id === id && endpoint.enabled);
  }

  async #payload({ callId, seq, isAnalysis }: WebhookNews): Promise<Payload | undefined> {
    const { contexts, calls } = this.#options.stores;
    if (isAnalysis) {
      const record = await calls.get(callId);
      // A newer revision has a job of its own.
      return record === undefined || record.revision > seq ? undefined : analysedPayload(record);
    }
    const call = await contexts.load(callId);
    const event = call?.events.find((one) => one.seq === seq);
    if (event !== undefined) return payloadOf(callId, event);
    if (call?.erased !== undefined) return undefined;
    const last = call?.damage?.lastSeq ?? call?.events.at(-1)?.seq ?? 0;
    if (seq <= last) return undefined;
    // Events are stored behind speech, so the job can be here first.
    throw notStored(callId, seq);
  }

  /** Only the one that said so: it may have another URL by now. */
  async #turnOff({ id, url }: WebhookEndpoint): Promise<void> {
    const { stores, log } = this.#options;
    const host = new URL(url).host;
    try {
      await stores.webhooks.change((endpoints) => ({
        endpoints: endpoints.map((one) =>
          one.id === id && one.url === url ? { ...one, enabled: false, disabledWhy: 'it answered 410 (gone)' } : one,
        ),
        answer: undefined,
      }));
      log.warn(
        { name: id, host },
        'a webhook endpoint answered 410 (gone) and was turned off; PATCH it with "enabled": true when it is back',
      );
    } catch (error) {
      log.warn(
        { name: id, host, error: messageOf(error) },
        'a webhook endpoint answered 410 (gone), but could not be turned off',
      );
    }
  }

  async #writeDown(endpoint: WebhookEndpoint, { id, payload }: Letter, tried: Tried): Promise<void> {
    const { stores, clock, log } = this.#options;
    const { outcome, status, durationMs, error } = tried;
    const { callId } = payload.data;
    const delivery = {
      ...{ id, type: payload.type, callId: typeof callId === 'string' ? callId : null },
      ...{ at: new Date(clock.wall()).toISOString(), outcome, status, durationMs, error },
    };
    try {
      await stores.deliveries.add(endpoint.id, delivery);
    } catch (thrown) {
      this.#thin('log', (notLogged) =>
        log.warn(
          { name: endpoint.id, notLogged, error: messageOf(thrown) },
          'a delivery is in no list: the store did not take it',
        ),
      );
    }
  }
}

const notStored = (callId: CallId, seq: number): ThroughlineError =>
  new ThroughlineError('webhook-event-not-stored', "The call's log has no such event yet.", { facts: { callId, seq } });
