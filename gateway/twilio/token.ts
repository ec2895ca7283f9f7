import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type CallId, parseCallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import type { CallFacts, StreamCause } from '../call/ports.ts';
import { packBrought, unpackBrought } from './carried.ts';
import { plainText } from './plain-text.ts';
import { contextParameterNames, type StreamParameters } from './wire.ts';

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
  | {
      readonly kind: 'valid';
      readonly call: CallFacts;
      readonly cause: StreamCause;
      readonly ticket: string;
      /** The TwiML that opened the stream is another application's, and may have parameters of its own. */
      readonly isForeign: boolean;
    }
  | { readonly kind: 'invalid'; readonly why: 'missing' | 'used' | 'expired' | 'wrong' };

/** A fact as it came, made safe to carry: normalised, without control characters, at most 256 characters. Still untrusted. */
export const plainFact = (text: string): string => plainText(text, maxFactLength);

/** Parameters for a `<Stream>`, each under 500 characters; `nonce` names the stream, too. */
export type IssuedParameters = Readonly<Record<string, string>> & { readonly nonce: string };

/** What a token says in `cause` that was given out with an announcement: the TwiML around it is not ours. */
const announced = 'announced';
const causes: ReadonlyMap<string, StreamCause> = new Map([
  ['answer', 'answer'],
  ['resume', 'resume'],
  ['return', 'return'],
  [announced, 'answer'],
]);

interface Issue {
  readonly call: CallFacts;
  readonly accountSid: string;
  readonly cause: string;
  readonly lifetimeMs: number;
}

/**
 * One-time stream tokens. Stateless: an HMAC over everything that matters, so any node takes what any other issued; that a token is
 * used once is remembered by this node only.
 */
export class StreamTokens {
  readonly #keys: readonly Buffer[];
  readonly #clock: Clock;
  /** Nonce -> when it may be forgotten. */
  readonly #used = new Map<string, number>();
  #sweepAt = 0;

  /** Issues by the first of `secrets` and takes what any of them signed: nodes change their auth token one after another. */
  constructor(secrets: readonly [string, ...string[]], clock: Clock) {
    this.#keys = secrets.map((secret) => createHmac('sha256', secret).update('throughline stream token').digest());
    this.#clock = clock;
  }

  /** For the `<Stream>` of this call, with what the call brought along. */
  issue(call: CallFacts, accountSid: string, cause: StreamCause): IssuedParameters {
    return this.#issue({ call, accountSid, cause, lifetimeMs });
  }

  /** For a `<Stream>` of another application's TwiML: a new call, within `keepMs`. Carries numbers and the key, no fields. */
  issueAhead(call: CallFacts, accountSid: string, keepMs: number): IssuedParameters {
    const { callId, from, to, brought: { key } = {} } = call;
    const known = { callId, from, to, ...(key === undefined ? {} : { brought: { fields: {}, key } }) };
    return this.#issue({ call: known, accountSid, cause: announced, lifetimeMs: keepMs });
  }

  #issue({ call, accountSid, cause, lifetimeMs: lives }: Issue): IssuedParameters {
    const facts = { from: plainFact(call.from), to: plainFact(call.to), verstat: plainFact(call.verstat ?? '') };
    const parameters = {
      ...facts,
      cause,
      expires: String(this.#clock.wall() + lives),
      nonce: randomBytes(16).toString('hex'),
      ...packBrought(call.brought),
    };
    const [token] = this.#macs({ parameters, callSid: call.callId, accountSid });
    if (token === undefined) throw new Error('no secret to sign with');
    const { verstat, ...rest } = parameters;
    return { token: token.toString('hex'), ...rest, ...(verstat === '' ? {} : { verstat }) };
  }

  /** Takes a token. Presenting it burns it, whatever the answer. */
  redeem(presented: TokenBearer): Redeemed {
    const bearer = { ...presented, parameters: givenOut(presented.parameters) };
    const { token, nonce, expires } = bearer.parameters;
    if (token === undefined || nonce === undefined || expires === undefined) return { kind: 'invalid', why: 'missing' };
    const callId = parseCallId(bearer.callSid);
    const cause = causes.get(bearer.parameters.cause ?? '');
    const given = /^[0-9a-f]{64}$/.test(token) ? Buffer.from(token, 'hex') : undefined;
    const genuine = given !== undefined && this.#macs(bearer).some((mac) => timingSafeEqual(mac, given));
    // What a stranger says of its end counts for nothing.
    const fresh = this.#burn(nonce, genuine ? Number(expires) : 0);
    if (!genuine || callId === undefined || cause === undefined) return { kind: 'invalid', why: 'wrong' };
    if (!fresh) return { kind: 'invalid', why: 'used' };
    if (Number(expires) < this.#clock.wall()) return { kind: 'invalid', why: 'expired' };
    const isForeign = bearer.parameters.cause === announced;
    return { kind: 'valid', call: factsOf(callId, bearer.parameters), cause, ticket: nonce, isForeign };
  }

  #macs({ parameters, callSid, accountSid }: TokenBearer): readonly Buffer[] {
    const { from = '', to = '', verstat = '', cause = '', expires = '', nonce = '' } = parameters;
    const context = [parameters.intake ?? '', ...contextParameterNames.map((name) => parameters[name] ?? '')];
    // A call that brings nothing is signed as before: nodes of two versions take each other's tokens.
    const carried = context.some((part) => part !== '') ? context : [];
    const signed = JSON.stringify([callSid, accountSid, from, to, verstat, cause, expires, nonce, ...carried]);
    return this.#keys.map((key) => createHmac('sha256', key).update(signed).digest());
  }

  /** Remembers a nonce until its token, and any other of now, is dead. `false`: it was there already. */
  #burn(nonce: string, expires: number): boolean {
    const now = this.#clock.wall();
    this.#sweep(now);
    if (this.#used.has(nonce)) return false;
    this.#used.set(nonce, Math.max(expires, now + lifetimeMs));
    return true;
  }

  #sweep(now: number): void {
    if (now >= this.#sweepAt) {
      this.#sweepAt = now + lifetimeMs;
      for (const [old, forgetAt] of this.#used) if (forgetAt <= now) this.#used.delete(old);
    }
    for (const [old] of this.#used) {
      if (this.#used.size < maxRemembered) break;
      this.#used.delete(old);
    }
  }
}

/** TwiML that is not ours may have parameters of names that we did not give it: those mean nothing. */
const givenOut = (parameters: StreamParameters): StreamParameters => {
  if (parameters.cause !== announced) return parameters;
  const { token, expires, nonce, cause, from, to, intake } = parameters;
  const given = Object.entries({ token, expires, nonce, cause, from, to, intake });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
};

const factsOf = (callId: CallId, parameters: StreamParameters): CallFacts => {
  const { from = '', to = '', verstat } = parameters;
  const brought = unpackBrought(parameters);
  return {
    callId,
    from,
    to,
    ...(verstat === undefined || verstat === '' ? {} : { verstat }),
    ...(brought === undefined ? {} : { brought }),
  };
};
