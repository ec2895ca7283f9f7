import { ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Delivery, WebhookEndpoint } from '../../store/webhooks/types.ts';
import { type Checked, checkUrl, isAllowed, publicAddresses, type Resolve } from './address.ts';
import { askNameServers } from './names.ts';
import type { Payload } from './payload.ts';
import { type Posted, post, type Target } from './post.ts';
import { signedHeaders } from './signature.ts';

export interface SenderOptions {
  readonly clock: Clock;
  /** Places that may be reached wherever they are: `host:port`. */
  readonly allow: ReadonlySet<string>;
  readonly resolve?: Resolve;
  readonly isPublic?: (address: string) => boolean;
  /** More authorities to trust, for tests. */
  readonly ca?: string;
  /** For all of it: name, connection and answer. By default five seconds. */
  readonly withinMs?: number;
}

export interface Letter {
  readonly id: string;
  readonly payload: Payload;
}

/** What came of one try. */
export type Tried = Pick<Delivery, 'outcome' | 'status' | 'durationMs' | 'error'>;

const mostBytes = 65_536;
const late = Symbol('late');

/** Sends one message to one endpoint, once. Never rejects. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #withinMs: number;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#withinMs = options.withinMs ?? 5_000;
  }

  async send(endpoint: WebhookEndpoint, { id, payload }: Letter): Promise<Tried> {
    const { clock, ca } = this.#options;
    const began = clock.now();
    const body = JSON.stringify(payload);
    const seconds = Math.floor(clock.wall() / 1_000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'throughline-webhooks/1',
      ...signedHeaders({ id, body, seconds }, secretsOf(endpoint, clock.wall())),
    };
    const target = await this.#target(endpoint.url);
    const took = () => Math.round(clock.now() - began);
    if ('outcome' in target) return { ...target, status: null, durationMs: took() };
    const left = Math.max(1, this.#withinMs - (clock.now() - began));
    const limits = { clock, withinMs: left, mostBytes, ...(ca === undefined ? {} : { ca }) };
    const posted = await post(target, { headers, body }, limits);
    return { ...this.#judged(posted), durationMs: took() };
  }

  async #target(text: string): Promise<Target | Pick<Tried, 'outcome' | 'error'>> {
    const { allow, resolve = askNameServers, isPublic } = this.#options;
    const url = checkUrl(text, allow);
    if (!url.ok) return { outcome: 'refused', error: `the URL ${url.why}` };
    if (isAllowed(url.value, allow)) return { url: url.value, addresses: undefined };
    const rules = { resolve, ...(isPublic === undefined ? {} : { isPublic }) };
    const addresses = await this.#inTime(publicAddresses(url.value.hostname, rules));
    if (addresses === late) return { outcome: 'failed', error: "the URL's name was not found in time" };
    if ('thrown' in addresses) return { outcome: 'failed', error: `the URL's name was not found: ${addresses.thrown}` };
    if (!addresses.ok) return { outcome: 'refused', error: `the URL ${addresses.why}` };
    return { url: url.value, addresses: addresses.value };
  }

  async #inTime(
    work: Promise<Checked<readonly string[]>>,
  ): Promise<Checked<readonly string[]> | { readonly thrown: string } | typeof late> {
    let cancel: Cancel = () => {};
    const tooLate = new Promise<typeof late>((resolve) => {
      cancel = this.#options.clock.after(ms(this.#withinMs), () => resolve(late));
    });
    const found = work.catch((thrown: unknown) => ({ thrown: messageOf(thrown).slice(0, 200) }));
    const first = await Promise.race([found, tooLate]);
    cancel();
    return first;
  }

  #judged(posted: Posted): Pick<Tried, 'outcome' | 'status' | 'error'> {
    if (posted.kind === 'late')
      return { outcome: 'failed', status: null, error: `no answer within ${this.#withinMs / 1_000} seconds` };
    if (posted.kind === 'broken') return { outcome: 'failed', status: null, error: posted.error };
    const { status } = posted;
    if (status >= 200 && status < 300) return { outcome: 'delivered', status, error: null };
    if (status === 410) return { outcome: 'gone', status, error: 'the endpoint says that it is gone (410)' };
    if (status >= 300 && status < 400)
      return { outcome: 'failed', status, error: `redirects are not followed (${status}); give the URL that it leads to` };
    return { outcome: 'failed', status, error: `the endpoint answered ${status}` };
  }
}

/** While a secret is changed the one before signs, too. */
const secretsOf = ({ secret, older }: WebhookEndpoint, now: number): readonly string[] =>
  older !== null && Date.parse(older.until) > now ? [secret, older.secret] : [secret];
