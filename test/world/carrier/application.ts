import { readTwiml, type TwimlElement } from '../twiml-document.ts';
import type { CallRecord } from './call-record.ts';
import type { Callback, CallIdentity, TwimlSource } from './leg.ts';
import type { FormValues } from './signature.ts';
import { type Webhook, type WebhookOutcome, Webhooks } from './webhook.ts';
import type { CarrierWorld } from './world.ts';

export interface TwimlDocument {
  readonly verbs: readonly TwimlElement[];
  /** Where it came from: relative URLs in it are relative to this. */
  readonly base: string;
}

interface ApplicationOptions {
  readonly world: CarrierWorld;
  readonly identity: CallIdentity;
  readonly record: CallRecord;
  /** Asked when a document can't be had. */
  readonly fallback: Callback | undefined;
  /** Twilio's `CallStatus` at the moment. */
  readonly status: () => string;
  readonly answeredBy: () => string | undefined;
}

/** The application behind the number, as one call sees it: gives TwiML and hears callbacks. */
export class Application {
  readonly #options: ApplicationOptions;
  readonly #webhooks: Webhooks;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.#webhooks = new Webhooks(options.world);
  }

  /** A document from its source, or from the number's fallback URL when that fails. `undefined`: there is none to be had. */
  async document(source: TwimlSource): Promise<TwimlDocument | undefined> {
    const { record, fallback } = this.#options;
    if (source.kind === 'inline') return this.#read('text/xml', source.twiml, '');
    const document = await this.#request(source.purpose, source);
    if (document !== undefined || fallback === undefined) return document;
    const form = { ErrorCode: String(record.debuggerCodes.at(-1)), ErrorUrl: source.url };
    return this.#request('fallback', { ...fallback, form });
  }

  /** A callback whose answer doesn't matter. */
  notify(purpose: string, callback: Callback | undefined, form: FormValues): void {
    if (callback !== undefined) this.report(purpose, callback, { ...this.#standardForm(), ...form });
  }

  /** A callback that is not about this call alone: with these parameters and no others. */
  report(purpose: string, { url, method }: Callback, form: FormValues): void {
    void this.#send(purpose, { url, method, form });
  }

  async #request(
    purpose: string,
    webhook: Omit<Webhook, 'form'> & { readonly form?: FormValues },
  ): Promise<TwimlDocument | undefined> {
    const { url, method, form = {} } = webhook;
    const outcome = await this.#send(purpose, { url, method, form: { ...this.#standardForm(), ...form } });
    if (outcome.kind === 'failed') return undefined;
    return this.#read(outcome.answer.headers['content-type'], outcome.answer.body, outcome.url);
  }

  async #send(purpose: string, webhook: Webhook): Promise<WebhookOutcome> {
    const { record } = this.#options;
    const startedAt = record.now;
    const outcome = await this.#webhooks.send(webhook);
    const result = String(outcome.kind === 'failed' ? outcome.code : outcome.answer.status);
    record.note({ type: 'webhook', purpose, url: webhook.url, outcome: result, ms: record.now - startedAt });
    if (outcome.kind === 'failed') record.debug(outcome.code, outcome.message);
    return outcome;
  }

  #read(contentType: string | undefined, body: string, base: string): TwimlDocument | undefined {
    const { record } = this.#options;
    const twiml = readTwiml(contentType, body);
    if (twiml.kind === 'unusable') {
      record.debug(twiml.code, twiml.message);
      return undefined;
    }
    for (const warning of twiml.warnings) record.debug(12200, warning);
    record.note({ type: 'twiml', verbs: twiml.verbs.map((verb) => verb.name) });
    return { verbs: twiml.verbs, base };
  }

  #standardForm(): FormValues {
    const { identity, world, status, answeredBy } = this.#options;
    const { sid, from, to, direction, parentSid, extra } = identity;
    const by = answeredBy();
    return {
      CallSid: sid,
      AccountSid: world.accountSid,
      From: from,
      To: to,
      Caller: from,
      Called: to,
      CallStatus: status(),
      Direction: direction,
      ApiVersion: '2010-04-01',
      ...(parentSid !== undefined && { ParentCallSid: parentSid }),
      ...(by !== undefined && { AnsweredBy: by }),
      ...extra,
    };
  }
}
