import { randomBytes } from 'node:crypto';
import type { Clock } from '../../infra/clock.ts';
import type { DeliveryLog } from '../../store/webhooks/delivery-log.ts';
import type { EndpointsChange, WebhookEndpoints } from '../../store/webhooks/endpoints.ts';
import { type Delivery, type WebhookEndpoint, type WebhookType, webhookTypes } from '../../store/webhooks/types.ts';
import { type Checked, checkUrl } from './address.ts';
import type { Deliveries } from './deliveries.ts';
import type { Tried } from './sender.ts';
import { newSecret } from './signature.ts';

export interface WebhookDeskOptions {
  readonly endpoints: WebhookEndpoints;
  readonly log: DeliveryLog;
  readonly deliveries: Pick<Deliveries, 'send'>;
  readonly allow: ReadonlySet<string>;
  readonly clock: Clock;
  /** Something changed here: whoever keeps endpoints in memory looks again. */
  readonly onChange: () => void;
}

/** An endpoint without its secrets. `olderSecretUntil`: the secret before signs too until then. */
export type ShownEndpoint = Omit<WebhookEndpoint, 'secret' | 'older' | 'since'> & {
  readonly olderSecretUntil: string | null;
};
export type WithSecret = ShownEndpoint & { readonly secret: string };

/** What may be changed of an endpoint. */
export interface EndpointWishes {
  readonly url?: string | undefined;
  readonly events?: readonly WebhookType[] | undefined;
  readonly enabled?: boolean | undefined;
}

const most = 10;
/** How long the secret before still signs. */
const overlapMs = 86_400_000;

/** What the console can do with endpoints. Rejects with `store-unavailable`; undefined: there is no such endpoint. */
export class WebhookDesk {
  readonly #options: WebhookDeskOptions;

  constructor(options: WebhookDeskOptions) {
    this.#options = options;
  }

  async list(): Promise<readonly ShownEndpoint[]> {
    return (await this.#options.endpoints.list()).map((endpoint) => this.#shown(endpoint));
  }

  async find(id: string): Promise<ShownEndpoint | undefined> {
    const found = await this.#stored(id);
    return found && this.#shown(found);
  }

  async create({ url, events = webhookTypes, enabled = true }: EndpointWishes): Promise<Checked<WithSecret>> {
    const checked = checkUrl(url ?? '', this.#options.allow);
    if (!checked.ok) return { ok: false, why: `url ${checked.why}` };
    const now = this.#now();
    const made: WebhookEndpoint = {
      ...{ id: `we_${randomBytes(12).toString('hex')}`, url: checked.value.href, events: sorted(events) },
      ...{ enabled, disabledWhy: null, createdAt: now, since: now, secret: newSecret(), older: null },
    };
    return this.#change((endpoints): EndpointsChange<Checked<WithSecret>> => {
      if (endpoints.length >= most)
        return { answer: { ok: false, why: `there are ${most} endpoints already, which is the most; delete one first` } };
      return { endpoints: [...endpoints, made], answer: { ok: true, value: this.#withSecret(made) } };
    });
  }

  async update(id: string, { url, events, enabled }: EndpointWishes): Promise<Checked<ShownEndpoint> | undefined> {
    const checked = url === undefined ? undefined : checkUrl(url, this.#options.allow);
    if (checked?.ok === false) return { ok: false, why: `url ${checked.why}` };
    const shown = await this.#edit(id, (endpoint) => {
      // What it did not want to be told, it is not told afterwards.
      const wantsMore = events !== undefined || (enabled === true && !endpoint.enabled);
      return {
        ...endpoint,
        ...(checked === undefined ? {} : { url: checked.value.href }),
        ...(events === undefined ? {} : { events: sorted(events) }),
        ...(enabled === undefined ? {} : { enabled, disabledWhy: null }),
        ...(wantsMore ? { since: this.#now() } : {}),
      };
    });
    return shown && { ok: true, value: this.#shown(shown) };
  }

  async remove(id: string): Promise<boolean> {
    return this.#change((endpoints) => {
      const others = endpoints.filter((endpoint) => endpoint.id !== id);
      return others.length === endpoints.length ? { answer: false } : { endpoints: others, answer: true };
    });
  }

  /** A new secret. For a day what is sent is signed by both, so that the receiver can take its time. */
  async rotate(id: string): Promise<WithSecret | undefined> {
    const secret = newSecret();
    const until = new Date(this.#options.clock.wall() + overlapMs).toISOString();
    const rotated = await this.#edit(id, (endpoint) => ({ ...endpoint, secret, older: { secret: endpoint.secret, until } }));
    return rotated && this.#withSecret(rotated);
  }

  /** Sends a `webhook.test` now, also to one that is turned off. */
  async test(id: string): Promise<Tried | undefined> {
    const endpoint = await this.#stored(id);
    if (endpoint === undefined) return undefined;
    const payload = { type: 'webhook.test', timestamp: this.#now(), data: { endpoint: id } } as const;
    return this.#options.deliveries.send(endpoint, { id: `test-${randomBytes(12).toString('hex')}`, payload });
  }

  async deliveries(id: string): Promise<readonly Delivery[] | undefined> {
    return (await this.#stored(id)) === undefined ? undefined : this.#options.log.list(id);
  }

  async #stored(id: string): Promise<WebhookEndpoint | undefined> {
    return (await this.#options.endpoints.list()).find((endpoint) => endpoint.id === id);
  }

  #edit(id: string, edit: (endpoint: WebhookEndpoint) => WebhookEndpoint): Promise<WebhookEndpoint | undefined> {
    return this.#change((endpoints): EndpointsChange<WebhookEndpoint | undefined> => {
      const found = endpoints.find((endpoint) => endpoint.id === id);
      if (found === undefined) return { answer: undefined };
      const after = edit(found);
      return { endpoints: endpoints.map((endpoint) => (endpoint === found ? after : endpoint)), answer: after };
    });
  }

  async #change<Answer>(edit: (endpoints: readonly WebhookEndpoint[]) => EndpointsChange<Answer>): Promise<Answer> {
    const answer = await this.#options.endpoints.change(edit);
    this.#options.onChange();
    return answer;
  }

  #now(): string {
    return new Date(this.#options.clock.wall()).toISOString();
  }

  #shown({ id, url, events, enabled, disabledWhy, createdAt, older }: WebhookEndpoint): ShownEndpoint {
    const isRotating = older !== null && Date.parse(older.until) > this.#options.clock.wall();
    return { id, url, events, enabled, disabledWhy, createdAt, olderSecretUntil: isRotating ? older.until : null };
  }

  #withSecret(endpoint: WebhookEndpoint): WithSecret {
    return { ...this.#shown(endpoint), secret: endpoint.secret };
  }
}

/** Each once, in the order of the list. */
const sorted = (events: readonly WebhookType[]): readonly WebhookType[] =>
  webhookTypes.filter((type) => events.includes(type));
