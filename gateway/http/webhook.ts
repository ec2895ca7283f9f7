import type { RequestHandler, Response } from 'express';
import { parseCallId } from '../../infra/brand.ts';
import type { CallFacts } from '../call/ports.ts';
import { isBodyHash, type SignedFields, signedUrl, webhookUrls } from '../twilio/signature.ts';
import { plainFact } from '../twilio/token.ts';
import type { HttpDeps } from './deps.ts';
import { type Form, parsePosted, parseQuery } from './form.ts';
import type { TellRefusal } from './refusals.ts';

/** A request that really came from Twilio, about a call of our account. */
export interface Webhook {
  readonly call: CallFacts;
  readonly accountSid: string;
  /** All fields as they came. Untrusted text. */
  readonly form: Form;
  /** What the URL names, by the names of its path: the stream of `/twilio/after/…`, the transfer of `/twilio/transfer/…`, the payment of `/twilio/payment/…`. */
  readonly named: Readonly<Record<string, string>>;
  /** The fields of the URL, which is signed too. The same as `form` for a GET. */
  readonly query: Form;
}

/** TwiML, or undefined for an empty 204. */
export type Answer = (webhook: Webhook) => Promise<string | undefined> | string | undefined;

interface RawRequest {
  readonly method: string;
  /** Path and query as requested. */
  readonly target: string;
  readonly signature: string | undefined;
  /** Undefined: the body is no form. */
  readonly body: Buffer | undefined;
}

type Checked =
  | { readonly kind: 'accepted'; readonly webhook: Omit<Webhook, 'named'> }
  | { readonly kind: 'refused'; readonly status: 400 | 403 | 415; readonly why: string };

const refused = (status: 400 | 403 | 415, why: string): Checked => ({ kind: 'refused', status, why });

/** `anonymous`, SIP addresses and emoji are callers too: opaque text, normalised. */
const factsOf = (form: Form): CallFacts | undefined => {
  const callId = parseCallId(form.get('CallSid') ?? '');
  const verstat = form.get('StirVerstat');
  return callId === undefined
    ? undefined
    : {
        callId,
        from: plainFact(form.get('From') ?? ''),
        to: plainFact(form.get('To') ?? ''),
        ...(verstat === undefined ? {} : { verstat: plainFact(verstat) }),
      };
};

const isSigned = (deps: HttpDeps, request: RawRequest, fields: SignedFields): boolean => {
  if (deps.authTokens.length === 0) return true;
  const urls = webhookUrls(deps.publicUrl, request.target);
  return signedUrl(deps.authTokens, request.signature, { urls, fields }) !== undefined;
};

/** A body that Twilio signed by its hash (`bodySHA256` in the query) must have that hash. */
const bodyMatches = (query: Form, body: Buffer | undefined): boolean => {
  const hash = query.get('bodySHA256');
  return hash === undefined || isBodyHash(hash, body ?? Buffer.alloc(0));
};

const check = (deps: HttpDeps, request: RawRequest): Checked => {
  // Without a signature nothing of the body is looked at.
  if (deps.authTokens.length > 0 && request.signature === undefined) return refused(403, 'no-signature');
  const query = parseQuery(request.target.split('?').slice(1).join('?'));
  const isPost = request.method === 'POST';
  if (isPost && request.body === undefined) return refused(415, 'no-form');
  const posted = parsePosted(isPost ? (request.body?.toString('utf8') ?? '') : '');
  if (posted === undefined) return refused(400, 'bad-form');
  if (!isSigned(deps, request, posted.pairs) || !bodyMatches(query, request.body)) return refused(403, 'wrong-signature');
  return identify(deps, isPost ? posted.form : query, query);
};

const identify = (deps: HttpDeps, form: Form, query: Form): Checked => {
  const accountSid = form.get('AccountSid') ?? '';
  if (deps.accountSid !== undefined && accountSid !== deps.accountSid) return refused(403, 'other-account');
  const call = factsOf(form);
  if (call === undefined) return refused(400, 'bad-call-sid');
  return { kind: 'accepted', webhook: { call, accountSid, form, query } };
};

const send = (response: Response, document: string | undefined): void => {
  response.set('Cache-Control', 'no-store');
  if (document === undefined) response.status(204).end();
  else response.status(200).type('text/xml').send(document);
};

/** Guards a Twilio route: signature, account and call are checked before `answer` runs. A refusal has an empty body and is told. */
export const webhook =
  (deps: HttpDeps, tellRefusal: TellRefusal, answer: Answer): RequestHandler =>
  async (request, response) => {
    const body: unknown = request.body;
    const checked = check(deps, {
      method: request.method,
      target: request.originalUrl,
      signature: request.get('X-Twilio-Signature'),
      body: Buffer.isBuffer(body) ? body : undefined,
    });
    if (checked.kind === 'refused') {
      tellRefusal('webhook', checked.why, request.path);
      response.status(checked.status).end();
      return;
    }
    const named = Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)]));
    send(response, await answer({ ...checked.webhook, named }));
  };
