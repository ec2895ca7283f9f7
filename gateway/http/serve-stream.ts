import { ms, streamId } from '../../infra/brand.ts';
import type { Cancel } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { MessageListener, MessageSocket } from '../../infra/message-socket.ts';
import { thinned } from '../../infra/thinned.ts';
import { decodeMessage } from '../twilio/decode.ts';
import { closeCode, phoneLeg, type ServedPhoneLeg } from '../twilio/phone-leg.ts';
import { rateLimit } from '../twilio/rate-limit.ts';
import type { Redeemed } from '../twilio/token.ts';
import type { Decoded } from '../twilio/wire.ts';
import { bringing } from './bring.ts';
import type { HttpDeps } from './deps.ts';
import { refusals } from './refusals.ts';

export type StreamDeps = Pick<HttpDeps, 'accountSid' | 'tokens' | 'desk' | 'clock' | 'count' | 'log' | 'intakeNames'>;

/** Serves one media stream from its first message. */
export type ServeStream = (socket: MessageSocket) => void;

/** How long a socket may take to say `start`. */
const startWithinMs = 5_000;

type Start = Extract<Decoded, { kind: 'start' }>;
type Valid = Extract<Redeemed, { kind: 'valid' }>;

/** What all streams of a server share. */
interface Served extends StreamDeps {
  readonly refuse: (socket: MessageSocket, why: string) => void;
}

/** One stream: it waits for `start`, is served by a leg, or is over: refused, or broken under a leg that still learns of the close. */
class Stream implements MessageListener {
  readonly #deps: Served;
  readonly #socket: MessageSocket;
  readonly #badAllowed: () => boolean;
  readonly #cancelDeadline: Cancel;
  #phase: 'waiting' | 'served' | 'over' = 'waiting';
  #leg: ServedPhoneLeg | undefined;

  constructor(deps: Served, socket: MessageSocket) {
    this.#deps = deps;
    this.#socket = socket;
    this.#badAllowed = rateLimit(deps.clock, 100, ms(10_000));
    this.#cancelDeadline = deps.clock.after(ms(startWithinMs), () => this.#end('no start in time'));
    socket.listen(this);
  }

  // Nobody above a socket's listener catches: without this, what breaks one call would end the process with all calls.

  message(data: Buffer, binary: boolean): void {
    try {
      if (this.#phase === 'served') this.#leg?.receive(data, binary);
      else if (this.#phase === 'waiting') this.#early(data, binary);
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  closed(code: number): void {
    this.#cancelDeadline();
    this.#phase = 'over';
    try {
      this.#leg?.closed(code);
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  #early(data: Buffer, binary: boolean): void {
    if (binary) {
      this.#cancelDeadline();
      this.#phase = 'over';
      this.#socket.close(closeCode.notText, 'text messages only');
      return;
    }
    const message = decodeMessage(data);
    if (message.kind === 'connected') return;
    if (message.kind === 'start') this.#begin(message);
    else {
      this.#deps.count('twilio_message_bad', { why: 'before-start' });
      if (!this.#badAllowed()) this.#end('too many bad messages');
    }
  }

  #begin(start: Start): void {
    const { clock, count, desk } = this.#deps;
    const valid = this.#redeem(start);
    if (typeof valid === 'string') {
      this.#end(valid);
      return;
    }
    const { cause, ticket } = valid;
    // Our own TwiML has no parameters but those of the token.
    const call = valid.isForeign
      ? { ...bringing(this.#deps, valid.call, start.others), isForeign: true as const }
      : valid.call;
    this.#cancelDeadline();
    const socket = this.#socket;
    const leg = phoneLeg({ socket, callId: call.callId, streamId: streamId(start.streamSid), ticket, clock, count });
    this.#leg = leg;
    this.#phase = 'served';
    if (!desk.accept(leg, call, cause)) this.#end('call is not taken');
  }

  /** What a `start` is good for, or why it is not. */
  #redeem(start: Start): Valid | string {
    const { tokens, accountSid } = this.#deps;
    const redeemed = tokens.redeem(start);
    if (redeemed.kind === 'invalid') return `token ${redeemed.why}`;
    return accountSid !== undefined && start.accountSid !== accountSid ? 'other account' : redeemed;
  }

  #end(why: string): void {
    this.#cancelDeadline();
    this.#phase = 'over';
    this.#deps.refuse(this.#socket, why);
  }

  #broken(thrown: unknown): void {
    this.#deps.count('stream_failed');
    this.#deps.log.error({ error: messageOf(thrown) }, 'a media stream broke');
    this.#cancelDeadline();
    this.#phase = 'over';
    this.#socket.close(closeCode.broken, 'internal error');
  }
}

/**
 * Makes what stands behind the upgrade, over any message socket: `start` in time, its token good, the desk willing; then the leg has
 * the socket. What is refused closes with 1008. What breaks behind it closes this stream with 1011 and no other.
 */
export const streamServer = (deps: StreamDeps): ServeStream => {
  const tellRefusal = refusals(deps);
  const thin = thinned(deps.clock, ms(60_000));
  const refusalIsUsual = rateLimit(deps.clock, 4, ms(60_000));
  const refuse = (socket: MessageSocket, why: string): void => {
    tellRefusal('stream', why);
    if (!refusalIsUsual()) thin('alarm', () => deps.log.error({ why }, 'five or more streams were refused within a minute'));
    socket.close(closeCode.refused, why);
  };
  const served: Served = { ...deps, refuse };
  return (socket) => {
    new Stream(served, socket);
  };
};
