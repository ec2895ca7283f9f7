import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseCallId, wallTime } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { TransferRef } from '../../store/transfers.ts';

/** How long a link works: a shift, so that notes can be finished after the call. */
const lifetimeMs = 8 * 60 * 60 * 1_000;

/** Bytes of the HMAC that travel: 128 bits can't be guessed, and the link is sent as a text message. */
const macBytes = 16;

const tokenForm = /^[\w-]{30,180}\.[\w-]{22}$/;
const transferForm = /^[\x21-\x7e]{1,64}$/;

/** The first byte of a payload: how the call id is written behind the expiry. */
const packedId = 1;
const plainId = 2;
/** Kind, and expiry in seconds since 1970. */
const headBytes = 5;

export type Verified =
  | { readonly kind: 'valid'; readonly ref: TransferRef }
  | { readonly kind: 'invalid'; readonly why: 'wrong' | 'expired' };

const wrong: Verified = { kind: 'invalid', why: 'wrong' };

/** Where the page of a person is, on the public port. */
export const screenPath = '/screen';

/** The link that a person is sent. Whoever has it can see the page: it belongs in no log. */
export const screenLink = (publicUrl: URL, token: string): string =>
  `${publicUrl.href.replace(/[?#].*$/, '').replace(/\/$/, '')}${screenPath}/${token}`;

/** Twilio's ids are lower case and fit into 16 bytes; any other stays as it is. */
const idBytes = (callId: string): readonly [kind: number, bytes: Buffer] => {
  const hex = callId.slice(2);
  return hex === hex.toLowerCase() ? [packedId, Buffer.from(hex, 'hex')] : [plainId, Buffer.from(hex, 'latin1')];
};

const payloadOf = ({ callId, transfer }: TransferRef, expires: number): string => {
  const [kind, id] = idBytes(callId);
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(Math.ceil(expires / 1_000), 1);
  return Buffer.concat([head, id, Buffer.from(transfer, 'latin1')]).toString('base64url');
};

interface Payload {
  readonly ref: TransferRef;
  /** In ms since 1970. */
  readonly expires: number;
}

/** What a payload says that we signed ourselves. */
const readPayload = (text: string): Payload | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  const isPacked = bytes[0] === packedId;
  const idEnd = headBytes + (isPacked ? 16 : 32);
  if (bytes.length <= idEnd || (!isPacked && bytes[0] !== plainId)) return undefined;
  const callId = parseCallId(`CA${bytes.toString(isPacked ? 'hex' : 'latin1', headBytes, idEnd)}`);
  const transfer = bytes.toString('latin1', idEnd);
  return callId === undefined ? undefined : { ref: { callId, transfer }, expires: bytes.readUInt32BE(1) * 1_000 };
};

/**
 * Tokens of links to a person's page: `base64url(payload).base64url(mac)`, about 55 characters. Stateless: an HMAC over the call, the transfer and
 * the end of its life, so any node takes what any other issued.
 */
export class ScreenTokens {
  readonly #keys: readonly Buffer[];
  readonly #clock: Clock;

  /** Issues by the first of `secrets` and takes what any of them signed: nodes change their auth token one after another. */
  constructor(secrets: readonly [string, ...string[]], clock: Clock) {
    this.#keys = secrets.map((secret) => createHmac('sha256', secret).update('throughline screen token').digest());
    this.#clock = clock;
  }

  /**
   * A token that works until `expiresAt`, by default for 8 hours.
   * @throws ThroughlineError `bad-transfer` when the transfer's name can't be part of a link.
   */
  issue(ref: TransferRef, expiresAt = wallTime(this.#clock.wall() + lifetimeMs)): string {
    if (!transferForm.test(ref.transfer)) {
      throw new ThroughlineError('bad-transfer', 'the name of a transfer is 1 to 64 printable ASCII characters, no space');
    }
    const payload = payloadOf(ref, expiresAt);
    const [mac] = this.#macs(payload);
    if (mac === undefined) throw new Error('no secret to sign with');
    return `${payload}.${mac}`;
  }

  /** What a token stands for. Never throws, whatever the text. */
  verify(token: string): Verified {
    if (!tokenForm.test(token)) return wrong;
    const [payload = '', given = ''] = token.split('.');
    // The texts are compared, not what they decode to: base64 has several texts for the same bytes.
    const isGenuine = this.#macs(payload).some((mac) => timingSafeEqual(Buffer.from(mac), Buffer.from(given)));
    const read = isGenuine ? readPayload(payload) : undefined;
    if (read === undefined) return wrong;
    if (read.expires < this.#clock.wall()) return { kind: 'invalid', why: 'expired' };
    return { kind: 'valid', ref: read.ref };
  }

  #macs(payload: string): readonly string[] {
    return this.#keys.map((key) =>
      createHmac('sha256', key).update(payload).digest().subarray(0, macBytes).toString('base64url'),
    );
  }
}
