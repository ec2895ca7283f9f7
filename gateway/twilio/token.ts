import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type CallId, parseCallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { CallFacts, StreamCause } from '../call/ports.ts';
import { legalText } from './twiml.ts';
import type { StreamParameters } from './wire.ts';

/** How long a token lives: the carrier opens the stream right after it got the TwiML. */
const lifetimeMs = 30_000;

/** Most tokens remembered as used. At 30 s each, room for over 300 calls a second. */
const maxRemembered = 10_000;

/** Longest call fact in characters. */
const maxFactLength = 256;

/** Who asks for a stream with which parameters: what `start` says. */
export interface TokenBearer {
  readonly parameters: StreamParameters;
  readonly callSid: string;
  readonly accountSid: string;
}

export type Redeemed =
  | { readonly kind: 'valid'; readonly call: CallFacts; readonly cause: StreamCause; readonly ticket: string }
  | { readonly kind: 'invalid'; readonly why: 'missing' | 'used' | 'expired' | 'wrong' };

const controls = /\p{Cc}/gu;

/** A fact as it came, made safe to carry: normalised, without control characters, at most 256 characters. Still untrusted. */
export const plainFact = (text: string): string =>
  legalText(
    text
      .slice(0, 4 * maxFactLength)
      .normalize('NFC')
      .replace(controls, '')
      .trim()
      .slice(0, maxFactLength),
  ).trim();

/**
 * One-time stream tokens. Stateless: an HMAC over everything that matters, so any node takes what any other issued; that a token is
 * used once is remembered by this node only.
 */
export class StreamTokens {
  readonly #keys: readonly Buffer[];
  readonly #clock: Clock;
  readonly #used = new Map<string, number>();

  /** Issues by the first of `secrets` and takes what any of them signed: nodes change their auth token one after another. */
  constructor(secrets: readonly [string, ...string[]], clock: Clock) {
    this.#keys = secrets.map((secret) => createHmac('sha256', secret).update('throughline stream token').digest());
    this.#clock = clock;
  }

  /** Parameters for the `<Stream>` of this call, each under 500 characters; `nonce` names the stream, too. */
  issue(
    call: CallFacts,
    accountSid: string,
    cause: StreamCause,
  ): Readonly<Record<string, string>> & { readonly nonce: string } {
    const facts = { from: plainFact(call.from), to: plainFact(call.to), verstat: plainFact(call.verstat ?? '') };
    const parameters = {
      ...facts,
      cause,
      expires: String(this.#clock.wall() + lifetimeMs),
      nonce: randomBytes(16).toString('hex'),
    };
    const [token] = this.#macs({ parameters, callSid: call.callId, accountSid });
    if (token === undefined) throw new Error('no secret to sign with');
    const { verstat, ...rest } = parameters;
    return { token: token.toString('hex'), ...rest, ...(verstat === '' ? {} : { verstat }) };
  }

  /** Takes a token. Presenting it burns it, whatever the answer. */
  redeem(bearer: TokenBearer): Redeemed {
    const { token, nonce, expires, cause } = bearer.parameters;
    if (token === undefined || nonce === undefined || expires === undefined) return { kind: 'invalid', why: 'missing' };
    const fresh = this.#burn(nonce);
    const callId = parseCallId(bearer.callSid);
    const given = /^[0-9a-f]{64}$/.test(token) ? Buffer.from(token, 'hex') : undefined;
    const genuine = given !== undefined && this.#macs(bearer).some((mac) => timingSafeEqual(mac, given));
    if (!genuine || callId === undefined || !isCause(cause)) return { kind: 'invalid', why: 'wrong' };
    if (!fresh) return { kind: 'invalid', why: 'used' };
    if (Number(expires) < this.#clock.wall()) return { kind: 'invalid', why: 'expired' };
    return { kind: 'valid', call: factsOf(callId, bearer.parameters), cause, ticket: nonce };
  }

  #macs({ parameters, callSid, accountSid }: TokenBearer): readonly Buffer[] {
    const { from = '', to = '', verstat = '', cause = '', expires = '', nonce = '' } = parameters;
    const signed = JSON.stringify([callSid, accountSid, from, to, verstat, cause, expires, nonce]);
    return this.#keys.map((key) => createHmac('sha256', key).update(signed).digest());
  }

  /** Remembers a nonce until no token of now can be alive any more. `false`: it was there already. */
  #burn(nonce: string): boolean {
    const now = this.#clock.wall();
    for (const [old, forgetAt] of this.#used) {
      if (forgetAt > now && this.#used.size < maxRemembered) break;
      this.#used.delete(old);
    }
    if (this.#used.has(nonce)) return false;
    this.#used.set(nonce, now + lifetimeMs);
    return true;
  }
}

const isCause = (cause: string | undefined): cause is StreamCause =>
  cause === 'answer' || cause === 'resume' || cause === 'return';

const factsOf = (callId: CallId, { from = '', to = '', verstat }: StreamParameters): CallFacts => ({
  callId,
  from,
  to,
  ...(verstat === undefined || verstat === '' ? {} : { verstat }),
});
