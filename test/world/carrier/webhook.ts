import { randomUUID } from 'node:crypto';
import { ms } from '../../../infra/brand.ts';
import type { Clock } from '../../../infra/clock.ts';
import { messageOf } from '../../../infra/errors.ts';
import { type HttpAnswer, HttpFailure, type HttpPort } from './http.ts';
import { type FormValues, signatureOf } from './signature.ts';

export type HttpMethod = 'GET' | 'POST';

export interface Webhook {
  /** May carry connection overrides in its fragment: `#rc=2&rp=ct,5xx&ct=2000&rt=5000`. */
  readonly url: string;
  readonly method: HttpMethod;
  readonly form: FormValues;
}

export type WebhookOutcome =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer; readonly url: string }
  /** 11200: no usable answer; 11205: no connection; 11215: too many redirects. */
  | { readonly kind: 'failed'; readonly code: 11200 | 11205 | 11215; readonly message: string; readonly status?: number };

interface WebhookOptions {
  readonly clock: Clock;
  readonly authToken: string;
  readonly http: HttpPort;
}

interface Overrides {
  readonly connectMs: number;
  readonly totalMs: number;
  readonly retries: number;
  readonly retryOn: readonly string[];
}

const redirectLimit = 10;

const overridesOf = (url: string): Overrides => {
  const values = new URLSearchParams(url.split('#')[1] ?? '');
  const number = (key: string, range: readonly [number, number], byDefault: number): number => {
    const value = Number(values.get(key) ?? Number.NaN);
    return value >= range[0] && value <= range[1] ? value : byDefault;
  };
  return {
    connectMs: number('ct', [100, 10_000], 5_000),
    totalMs: Math.min(number('rt', [100, 15_000], 15_000), number('tt', [100, 15_000], 15_000)),
    retries: number('rc', [0, 5], 1),
    retryOn: (values.get('rp') ?? 'ct').split(','),
  };
};

/** The rule of `rp` under which an outcome may be tried again, or undefined. */
const retryRule = (outcome: WebhookOutcome): string | undefined => {
  if (outcome.kind === 'answered') return undefined;
  if (outcome.code === 11205) return 'ct';
  if (outcome.status === undefined) return 'rt';
  return outcome.status >= 500 ? '5xx' : '4xx';
};

const withQuery = (url: string, form: FormValues): string => {
  const target = new URL(url);
  for (const [name, value] of Object.entries(form)) target.searchParams.append(name, value);
  return target.href;
};

/** Sends Twilio's signed requests with Twilio's timeouts and retries. */
export class Webhooks {
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  async send(webhook: Webhook): Promise<WebhookOutcome> {
    if (!URL.canParse(webhook.url))
      return { kind: 'failed', code: 11200, message: `not a URL: ${webhook.url}`, status: 400 };
    const overrides = overridesOf(webhook.url);
    const token = randomUUID();
    let outcome = await this.#follow(webhook, token, overrides);
    for (let retry = 1; retry <= overrides.retries; retry += 1) {
      const rule = retryRule(outcome);
      if (rule === undefined || !(overrides.retryOn.includes(rule) || overrides.retryOn.includes('all'))) return outcome;
      outcome = await this.#follow(webhook, token, overrides);
    }
    return outcome;
  }

  async #follow(webhook: Webhook, token: string, overrides: Overrides): Promise<WebhookOutcome> {
    let next = webhook;
    for (let hop = 0; hop <= redirectLimit; hop += 1) {
      const outcome = await this.#once(next, token, overrides);
      if (outcome.kind === 'failed') return outcome;
      const { status, headers } = outcome.answer;
      const location = headers['location'];
      if (status < 300 || status >= 400 || location === undefined) return checkStatus(outcome);
      const keeps = status === 307 || status === 308;
      next = { url: new URL(location, outcome.url).href, method: keeps ? next.method : 'GET', form: keeps ? next.form : {} };
    }
    return { kind: 'failed', code: 11215, message: `more than ${redirectLimit} redirects from ${webhook.url}` };
  }

  async #once(webhook: Webhook, token: string, overrides: Overrides): Promise<WebhookOutcome> {
    const { clock, authToken, http } = this.#options;
    const [bare = webhook.url] = webhook.url.split('#', 1);
    const isPost = webhook.method === 'POST';
    const url = isPost ? bare : withQuery(bare, webhook.form);
    const controller = new AbortController();
    const timedOut = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () =>
        reject(new HttpFailure('read', `no answer in ${overrides.totalMs} ms`)),
      );
    });
    const cancel = clock.after(ms(overrides.totalMs), () => controller.abort());
    const request = http({
      method: webhook.method,
      url,
      headers: {
        'x-twilio-signature': signatureOf(authToken, url, isPost ? webhook.form : {}),
        'i-twilio-idempotency-token': token,
        'user-agent': 'TwilioProxy/1.1',
        ...(isPost && { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
      },
      body: isPost ? new URLSearchParams(webhook.form).toString() : '',
      connectTimeoutMs: overrides.connectMs,
      signal: controller.signal,
    });
    try {
      return { kind: 'answered', answer: await Promise.race([request, timedOut]), url };
    } catch (thrown) {
      const read = thrown instanceof HttpFailure && thrown.phase === 'read';
      return { kind: 'failed', code: read ? 11200 : 11205, message: messageOf(thrown) };
    } finally {
      cancel();
    }
  }
}

const checkStatus = (outcome: Extract<WebhookOutcome, { kind: 'answered' }>): WebhookOutcome => {
  const { status } = outcome.answer;
  if (status >= 200 && status < 300) return outcome;
  return { kind: 'failed', code: 11200, message: `HTTP ${status} from ${outcome.url}`, status };
};
