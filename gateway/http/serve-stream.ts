import { ms, streamId } from '../../infra/brand.ts';
import { messageOf } from '../../infra/errors.ts';
import type { MessageSocket } from '../../infra/message-socket.ts';
import { thinned } from '../../infra/thinned.ts';
import { decodeMessage } from '../twilio/decode.ts';
import { closeCode, phoneLeg, type ServedPhoneLeg } from '../twilio/phone-leg.ts';
import { rateLimit } from '../twilio/rate-limit.ts';
import type { Redeemed } from '../twilio/token.ts';
import type { Decoded } from '../twilio/wire.ts';
import type { HttpDeps } from './deps.ts';
import { refusals } from './refusals.ts';

export type StreamDeps = Pick<HttpDeps, 'accountSid' | 'tokens' | 'desk' | 'clock' | 'count' | 'log'>;

/** Serves one media stream from its first message. */
export type ServeStream = (socket: MessageSocket) => void;

/** How long a socket may take to say `start`. */
const startWithinMs = 5_000;

type Start = Extract<Decoded, { kind: 'start' }>;
type Valid = Extract<Redeemed, { kind: 'valid' }>;

/** Life of a stream: it waits for `start`, is served by a leg, or is over: refused, or broken under a leg that still learns of the close. */
type Phase =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'served'; readonly leg: ServedPhoneLeg }
  | { readonly kind: 'over'; readonly leg?: ServedPhoneLeg };

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

  /** What a `start` is good for, or why it is not. */
  const redeem = (start: Start): Valid | string => {
    const redeemed = deps.tokens.redeem(start);
    if (redeemed.kind === 'invalid') return `token ${redeemed.why}`;
    return deps.accountSid !== undefined && start.accountSid !== deps.accountSid ? 'other account' : redeemed;
  };

  return (socket) => {
    let phase: Phase = { kind: 'waiting' };
    const badAllowed = rateLimit(deps.clock, 100, ms(10_000));

    const end = (why: string): void => {
      cancelDeadline();
      phase = { kind: 'over' };
      refuse(socket, why);
    };

    const begin = (start: Start): void => {
      const { clock, count, desk } = deps;
      const valid = redeem(start);
      if (typeof valid === 'string') {
        end(valid);
        return;
      }
      const { call, cause, ticket } = valid;
      cancelDeadline();
      const leg = phoneLeg({ socket, callId: call.callId, streamId: streamId(start.streamSid), ticket, clock, count });
      phase = { kind: 'served', leg };
      if (!desk.accept(leg, call, cause)) end('call is served already');
    };

    const early = (message: Decoded): void => {
      if (message.kind === 'connected') return;
      if (message.kind === 'start') begin(message);
      else {
        deps.count('twilio_message_bad', { why: 'before-start' });
        if (!badAllowed()) end('too many bad messages');
      }
    };

    const cancelDeadline = deps.clock.after(ms(startWithinMs), () => end('no start in time'));

    const receive = (data: Buffer, binary: boolean): void => {
      if (phase.kind === 'served') phase.leg.receive(data, binary);
      else if (phase.kind === 'waiting' && binary) {
        cancelDeadline();
        phase = { kind: 'over' };
        socket.close(closeCode.notText, 'text messages only');
      } else if (phase.kind === 'waiting') early(decodeMessage(data));
    };

    const closed = (code: number): void => {
      cancelDeadline();
      const before = phase;
      phase = { kind: 'over' };
      if (before.kind !== 'waiting') before.leg?.closed(code);
    };

    /** Nobody above a socket's listener catches: without this, what breaks one call would end the process with all calls. */
    const guarded = (work: () => void): void => {
      try {
        work();
      } catch (thrown) {
        broken(thrown);
      }
    };

    const broken = (thrown: unknown): void => {
      deps.count('stream_failed');
      deps.log.error({ error: messageOf(thrown) }, 'a media stream broke');
      cancelDeadline();
      if (phase.kind !== 'over') phase = phase.kind === 'served' ? { kind: 'over', leg: phase.leg } : { kind: 'over' };
      socket.close(closeCode.broken, 'internal error');
    };

    socket.listen({
      // Fifty times a second: no closure for each.
      message: (data, binary) => {
        try {
          receive(data, binary);
        } catch (thrown) {
          broken(thrown);
        }
      },
      closed: (code) => guarded(() => closed(code)),
    });
  };
};
